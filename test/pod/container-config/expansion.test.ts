import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expand } from '../../../actors/pod/container-config/expansion.ts'

const known = new Map([
  ['A', 'one'],
  ['B', '$(A)'],
  ['EMPTY', ''],
  ['a b', 'spaced'],
])

// kubelet, third_party/forked/golang/expansion: the same rows.
for (const [text, expected] of [
  ['', ''],
  ['plain', 'plain'],
  ['$(A)', 'one'],
  ['x$(A)-$(A)y', 'xone-oney'],
  ['$(B)', '$(A)'],
  ['[$(EMPTY)]', '[]'],
  ['$(a b)', 'spaced'],
  ['$(NONE)', '$(NONE)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$one'],
  ['$$$$(A)', '$$(A)'],
  ['$A ${A $', '$A ${A $'],
  ['$(A', '$(A'],
  ['$($(A)', '$($(A)'],
  ['$()', '$()'],
  ['$$', '$'],
] as const) {
  test(`${JSON.stringify(text)} becomes ${JSON.stringify(expected)}`, () =>
    assert.equal(
      expand(text, (name) => known.get(name)),
      expected,
    ))
}
