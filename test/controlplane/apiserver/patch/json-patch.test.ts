import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { jsonPatch } from '../../../../src/controlplane/apiserver/patch/json-patch.ts'

const unprocessable = { code: 422 }

describe('a JSON patch', () => {
  for (const [what, target, patch, result] of [
    [
      'adds and replaces',
      { a: 1 },
      [
        { op: 'add', path: '/b', value: [1] },
        { op: 'replace', path: '/a', value: 2 },
      ],
      { a: 2, b: [1] },
    ],
    [
      'puts into lists',
      { l: [1, 3] },
      [
        { op: 'add', path: '/l/1', value: 2 },
        { op: 'add', path: '/l/-', value: 4 },
      ],
      { l: [1, 2, 3, 4] },
    ],
    [
      'removes',
      { a: 1, l: [1, 2] },
      [
        { op: 'remove', path: '/a' },
        { op: 'remove', path: '/l/0' },
      ],
      { l: [2] },
    ],
    [
      'moves and copies',
      { a: { x: 1 } },
      [
        { op: 'copy', from: '/a', path: '/b' },
        { op: 'move', from: '/a/x', path: '/c' },
      ],
      { a: {}, b: { x: 1 }, c: 1 },
    ],
    ['tests', { a: { x: [1] } }, [{ op: 'test', path: '/a', value: { x: [1] } }], { a: { x: [1] } }],
    [
      'reads ~1 and ~0',
      { 'a/b': 1, 'c~d': 2 },
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'replace', path: '/c~0d', value: 3 },
      ],
      { 'c~d': 3 },
    ],
    ['takes the place of all', { a: 1 }, [{ op: 'add', path: '', value: { b: 2 } }], { b: 2 }],
    ['keeps int64', { a: 9223372036854775807n }, [{ op: 'copy', from: '/a', path: '/b' }], { a: 9223372036854775807n, b: 9223372036854775807n }],
  ] as const) {
    it(what, () => {
      const before = structuredClone(target)
      assert.deepEqual(jsonPatch(target, patch), result)
      assert.deepEqual(target, before)
    })
  }

  for (const [what, operation] of [
    ['what is not there', { op: 'remove', path: '/nope' }],
    ['what is inherited only', { op: 'replace', path: '/constructor', value: 1 }],
    ['a place beyond a list', { op: 'add', path: '/l/9', value: 1 }],
    ['a place that is no number', { op: 'add', path: '/l/01', value: 1 }],
    ['a test that fails', { op: 'test', path: '/a', value: 2 }],
    ['a place inside of text', { op: 'add', path: '/a/b', value: 2 }],
    ['a move into itself', { op: 'move', from: '/l', path: '/l/0' }],
    ['a pointer without slash', { op: 'add', path: 'a', value: 2 }],
    ['an unknown operation', { op: 'grow', path: '/a' }],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => jsonPatch({ a: 1, l: [1] }, [operation]), unprocessable))
  }

  it('takes inherited names as any other', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)), (name) => {
        const patched = jsonPatch({}, [
          { op: 'add', path: `/${name}`, value: { a: 1 } },
          { op: 'add', path: `/${name}/b`, value: 2 },
        ])
        assert.deepEqual(JSON.parse(JSON.stringify(patched)), JSON.parse(`{"${name}":{"a":1,"b":2}}`))
        assert.equal(({} as { b?: unknown }).b, undefined)
      }),
    )
  })

  it('does not grow without bound: copies of copies end at 3 MiB together', () => {
    const doubling = [{ op: 'add', path: '/a', value: ['x'.repeat(100)] }, ...Array.from({ length: 60 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }))]
    assert.throws(() => jsonPatch({}, doubling), {
      code: 422,
      message: /^Unable to complete the copy, the accumulated size increase of copy is \d+, exceeding the limit 3145728$/,
    })
    assert.throws(
      () =>
        jsonPatch(
          {},
          Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: {} })),
        ),
      {
        code: 413,
        message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
      },
    )
  })

  it('of ten thousand moves of something large copies it not even once', () => {
    const large = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, index]))
    const moves = Array.from({ length: 10_000 }, (_, index) =>
      index % 2 === 0 ? { op: 'move', from: '/a', path: '/b' } : { op: 'move', from: '/b', path: '/a' },
    )
    assert.equal((jsonPatch({ a: large }, moves) as { a: unknown }).a, large)
  })
})
