import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mergePatch } from '../../../../src/controlplane/apiserver/patch/merge-patch.ts'
import { strategicMergePatch } from '../../../../src/controlplane/apiserver/patch/strategic-merge.ts'

const patched = (target: object, patch: object) => strategicMergePatch('core/v1.Pod', target as Record<string, unknown>, patch as Record<string, unknown>)
const spec = (fields: object) => ({ spec: fields })
const two = spec({
  containers: [
    { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: '1' },
  ],
})

describe('strategic merge patch', () => {
  const cases: readonly (readonly [string, object, object, object])[] = [
    [
      'items merge by their key',
      two,
      spec({ containers: [{ name: 'b', image: '2' }] }),
      spec({
        containers: [
          { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
          { name: 'b', image: '2' },
        ],
      }),
    ],
    [
      'lists inside items merge too',
      two,
      spec({ containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] }),
      spec({
        containers: [
          {
            name: 'a',
            image: '1',
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', value: '1' },
            ],
          },
          { name: 'b', image: '1' },
        ],
      }),
    ],
    ['$patch: delete takes an item out', two, spec({ containers: [{ name: 'a', $patch: 'delete' }] }), spec({ containers: [{ name: 'b', image: '1' }] })],
    ['$patch: replace in a list replaces it', two, spec({ containers: [{ name: 'c' }, { $patch: 'replace' }] }), spec({ containers: [{ name: 'c' }] })],
    [
      '$patch: replace in an object replaces it',
      { metadata: { name: 'p', labels: { a: '1' } } },
      { metadata: { labels: { b: '2', $patch: 'replace' } } },
      { metadata: { name: 'p', labels: { b: '2' } } },
    ],
    [
      '$setElementOrder orders',
      two,
      { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } },
      spec({
        containers: [
          { name: 'b', image: '1' },
          { name: 'a', image: '1', env: [{ name: 'X', value: '1' }] },
        ],
      }),
    ],
    [
      '$retainKeys drops the other source of a volume',
      spec({ volumes: [{ name: 'v', emptyDir: {} }] }),
      spec({ volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] }),
      spec({ volumes: [{ name: 'v', hostPath: { path: '/x' } }] }),
    ],
    [
      '$deleteFromPrimitiveList takes values out',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      { metadata: { finalizers: ['b'] } },
    ],
    [
      'a set of strings gains the new ones',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { finalizers: ['b', 'c'] } },
      { metadata: { finalizers: ['a', 'b', 'c'] } },
    ],
    ['null takes a field out', { metadata: { labels: { a: '1', b: '2' } } }, { metadata: { labels: { a: null } } }, { metadata: { labels: { b: '2' } } }],
    [
      'a list without strategy is replaced',
      spec({ containers: [{ name: 'a', args: ['x', 'y'] }] }),
      spec({ containers: [{ name: 'a', args: ['z'] }] }),
      spec({ containers: [{ name: 'a', args: ['z'] }] }),
    ],
    ['nulls of an object that was not there are dropped', {}, { metadata: { labels: { a: null, b: '1' } } }, { metadata: { labels: { b: '1' } } }],
  ]
  for (const [what, target, patch, expected] of cases)
    it(what, () => {
      const before = structuredClone(target)
      assert.deepEqual(patched(target, patch), expected)
      assert.deepEqual(target, before, 'the stored object is left as it was')
    })

  it('an item without its key is a 400', () => assert.throws(() => patched(two, spec({ containers: [{ image: 'x' }] })), { code: 400 }))

  it('a patch applied twice does what it does once', () => {
    const item = fc.record({ name: fc.constantFrom('a', 'b', 'c'), image: fc.string() }, { requiredKeys: ['name'] })
    const containers = fc.uniqueArray(item, { selector: ({ name }) => name, maxLength: 3 })
    fc.assert(
      fc.property(containers, containers, (live, patch) => {
        const once = patched(spec({ containers: live }), spec({ containers: patch }))
        assert.deepEqual(patched(once, spec({ containers: patch })), once)
      }),
    )
  })
})

describe('merge patch', () => {
  it('follows RFC 7386', () => {
    const cases: readonly (readonly [unknown, unknown, unknown])[] = [
      [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
      [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
      [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
      [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
      [['a'], { a: 'b' }, { a: 'b' }],
      [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ]
    for (const [target, patch, expected] of cases) assert.deepEqual(mergePatch(target, patch), expected)
  })
})
