import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Expansion, ExpansionError, expand } from '../../../actors/pod/container-config/expansion.ts'

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

test('a text of nothing but beginnings takes time in proportion', () => {
  const began = process.threadCpuUsage()
  for (const text of ['$('.repeat(500_000), '$'.repeat(999_999), `${'$('.repeat(500_000)})`, '$()'.repeat(300_000), `)${'$('.repeat(500_000)}`])
    expand(text, () => undefined)
  const { user, system } = process.threadCpuUsage(began)
  // It took half a minute for the first of these.
  assert.ok(user + system < 3_000_000)
})

test('variables that double with each other end in an error, not in all of memory', () => {
  const values = new Map([['V0', 'x'.repeat(1000)]])
  const expansion = new Expansion((name) => values.get(name))
  assert.throws(() => {
    for (let index = 1; index < 60; index++) values.set(`V${index}`, expansion.expand(`$(V${index - 1})$(V${index - 1})`))
  }, ExpansionError)
  assert.ok(values.size < 20)
})

test('names that objects inherit are names as any other', () => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    assert.equal(
      expand(`$(${name})`, (asked) => new Map<string, string>().get(asked)),
      `$(${name})`,
    )
    assert.equal(
      expand(`$(${name})`, (asked) => new Map([[name, 'v']]).get(asked)),
      'v',
    )
  }
})
