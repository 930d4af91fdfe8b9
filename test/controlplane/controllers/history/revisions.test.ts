import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalText } from '../../../../src/controlplane/controllers/history/canonical-text.ts'
import { choose, hasData, inOrder, oldestUnused, revisionName, templateOf, textOf } from '../../../../src/controlplane/controllers/history/revisions.ts'
import { revisionHash } from '../../../../src/controlplane/controllers/history/safe-hash.ts'
import type { ControllerRevision, PodTemplateSpec } from '../../../../src/kube/objects.ts'

const template = (image: string) => ({ metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image }] } }) as PodTemplateSpec
const revision = (name: string, number: number, image: string, createdAt = '2026-01-01T00:00:00Z'): ControllerRevision => ({
  metadata: { name, creationTimestamp: createdAt },
  data: JSON.parse(textOf(template(image))) as object,
  revision: number,
})
const names = (revisions: readonly ControllerRevision[]) => revisions.map(({ metadata }) => metadata?.name)

test('the text of a state does not depend on the order of its fields, and is written as Go writes it', () => {
  assert.equal(
    canonicalText({ b: [{ d: 1, c: '<a&b>' }], a: undefined, e: null, f: 9007199254740993n }),
    '{"b":[{"c":"\\u003ca\\u0026b\\u003e","d":1}],"f":9007199254740993}',
  )
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const turned = Object.fromEntries(Object.entries(object).toReversed())
      assert.equal(canonicalText(turned), canonicalText(object))
      assert.equal(canonicalText(JSON.parse(canonicalText(object))), canonicalText(object))
    }),
  )
})

test('a revision keeps the template and nothing of its patch', () => {
  const kept = revision('web-1', 1, 'app:1')
  assert.deepEqual(templateOf(kept), template('app:1'))
  assert.ok(hasData(kept, textOf(template('app:1'))))
  assert.ok(!hasData(kept, textOf(template('app:2'))))
  for (const data of [undefined, null, 'text', 7, { spec: {} }]) {
    const odd = { ...kept, data } as ControllerRevision
    assert.equal(templateOf({ ...odd, data: data ?? undefined }), undefined)
    assert.ok(!hasData(odd, textOf(template('app:1'))))
  }
})

test('names are the hash of the state and the count of collisions, and never too long', () => {
  assert.equal(revisionHash('{}', 0), revisionHash('{}', 0))
  assert.notEqual(revisionHash('{}', 0), revisionHash('{}', 1))
  assert.equal(revisionName('a'.repeat(250), 'b'.repeat(10)).length, 234)
})

test('revisions are in order of their number, then age, then name', () => {
  const revisions = [revision('c', 2, 'app:1'), revision('b', 1, 'app:2', '2026-01-02T00:00:00Z'), revision('d', 1, 'app:3'), revision('a', 1, 'app:4')]
  assert.deepEqual(names(inOrder(revisions)), ['a', 'd', 'b', 'c'])
})

test('a state that is the newest is kept, an earlier one is renumbered, and one that is not there is made', () => {
  const revisions = [revision('a', 1, 'app:1'), revision('b', 2, 'app:2')]
  const of = (image: string) => choose(revisions, textOf(template(image))).choice
  assert.deepEqual(of('app:2'), { do: 'keep', revision: revisions[1] })
  assert.deepEqual(of('app:1'), { do: 'renumber', revision: revisions[0], number: 3 })
  assert.deepEqual(of('app:3'), { do: 'create', number: 3 })
  assert.deepEqual(choose([], textOf(template('app:1'))).choice, { do: 'create', number: 1 })
})

test('of several that keep one state the last is taken', () => {
  const revisions = [revision('a', 1, 'app:1'), revision('b', 2, 'app:2'), revision('c', 3, 'app:1')]
  const { choice, duplicates } = choose(revisions, textOf(template('app:1')))
  assert.deepEqual(choice, { do: 'keep', revision: revisions[2] })
  assert.deepEqual(names(duplicates), ['a'])
})

test('the oldest go that nothing uses, and no more than are too many', () => {
  const revisions = ['a', 'b', 'c', 'd'].map((name, index) => revision(name, index, `app:${index}`))
  const oldest = (count: number, ...used: string[]) => names(oldestUnused(revisions, count, ({ metadata }) => used.includes(metadata?.name ?? '')))
  assert.deepEqual(oldest(2, 'a'), ['b', 'c'])
  assert.deepEqual(oldest(9), ['a', 'b', 'c', 'd'])
  assert.deepEqual([oldest(0), oldest(-1)], [[], []])
})
