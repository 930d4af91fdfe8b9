import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { changeOf } from '../../../../src/controlplane/apiserver/apply/change.ts'
import { type FieldSet, fieldsOf } from '../../../../src/controlplane/apiserver/apply/field-set.ts'
import { differing } from '../../../../src/controlplane/apiserver/apply/fields-of-value.ts'
import { trackUpdate } from '../../../../src/controlplane/apiserver/apply/server-side-apply.ts'
import { onlyPresent } from '../../../../src/controlplane/apiserver/apply/set-operations.ts'

type Json = Record<string, unknown>

const model = 'core/v1.Pod'
const word = fc.constantFrom('a', 'b', 'c')
const labels = fc.dictionary(word, word, { maxKeys: 3 })
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 })
const container = fc.record({
  name: word,
  image: word,
  ports: some(fc.uniqueArray(fc.record({ containerPort: fc.integer({ min: 1, max: 3 }), protocol: fc.constantFrom('TCP', 'UDP') }), { maxLength: 3 })),
  resources: some(fc.record({ requests: some(labels) })),
})
const byName = <T extends { name?: string; type?: string }>(each: T) => each.name ?? each.type
const pod = fc
  .record({
    metadata: fc.record({ name: fc.constant('p'), labels: some(labels), annotations: some(labels), finalizers: some(fc.uniqueArray(word)) }),
    spec: some(
      fc.record({
        nodeName: some(word),
        terminationGracePeriodSeconds: some(fc.constantFrom(1, null)),
        containers: some(fc.uniqueArray(container, { selector: byName })),
        nodeSelector: some(labels),
      }),
    ),
    status: some(
      fc.record({
        phase: some(word),
        startTime: some(fc.constantFrom(null, '2026-01-01T00:00:00Z')),
        conditions: some(fc.uniqueArray(fc.record({ type: word, status: word }), { selector: byName })),
      }),
    ),
  })
  // As it is stored: without what is undefined.
  .map((object) => JSON.parse(JSON.stringify(object)) as Json)

test('what an update changes is what comes out when every field of the object is looked at', () => {
  fc.assert(
    fc.property(pod, pod, (before, after) => {
      const all = fieldsOf(model, after, 'Update')
      const had = fieldsOf(model, before, 'Update')
      const { changed, present } = changeOf(model, before, after)
      assert.deepEqual(plain(changed), plain(differing(all, before, after)))
      assert.deepEqual(plain(present(had)), plain(onlyPresent(had, all)))
    }),
    { numRuns: 500 },
  )
})

test('who owns what after a row of updates is the same whether the server knows its managers or has them from a client', () => {
  const update = fc.record({ object: pod, manager: word, subresource: fc.constantFrom(undefined, 'status') })
  fc.assert(
    fc.property(fc.array(update, { minLength: 2, maxLength: 6 }), (updates) => {
      let before: Json | undefined
      for (const [index, { object, manager, subresource }] of updates.entries()) {
        const request = { model, apiVersion: 'v1', manager, time: `2026-01-01T00:00:0${index}Z`, ...(subresource && { subresource }) }
        const managedFields = (before?.metadata as Json | undefined)?.managedFields
        const after = withManagers(object, managedFields)
        const found = trackUpdate(before, after, request)
        // Of an object without managers nothing is known: every field is looked at.
        const plainly = trackUpdate(before && withManagers(before, undefined), withManagers(object, managedFields ?? []), request)
        assert.deepEqual(found, plainly)
        before = withManagers(object, found)
      }
    }),
    { numRuns: 300 },
  )
})

test('a lease that is renewed shares with the one before all that says who owns it', () => {
  const lease = (renewTime: string, managedFields?: unknown) =>
    withManagers({ metadata: { name: 'n' }, spec: { holderIdentity: 'n', renewTime } }, managedFields)
  const request = { model: 'coordination/v1.Lease', apiVersion: 'coordination.k8s.io/v1', manager: 'agent', time: '2026-01-01T00:00:00Z' }
  const made = trackUpdate(undefined, lease('2026-01-01T00:00:00.000000Z'), request)
  const before = lease('2026-01-01T00:00:00.000000Z', made)
  const [renewed] = trackUpdate(before, lease('2026-01-01T00:00:10.000000Z', structuredClone(made)), { ...request, time: '2026-01-01T00:00:10Z' })
  assert.equal(renewed?.time, '2026-01-01T00:00:10Z')
  assert.equal(renewed?.fieldsV1, made[0]?.fieldsV1)
})

const withManagers = (object: Json, managedFields: unknown): Json => ({ ...object, metadata: { ...(object.metadata as Json), managedFields } })
const plain = (fields: FieldSet): unknown => JSON.parse(JSON.stringify(fields))
