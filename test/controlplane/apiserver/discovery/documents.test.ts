import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregated, resourceList } from '../../../../src/controlplane/apiserver/discovery/documents.ts'
import { withGates } from '../../../../src/controlplane/apiserver/discovery/served.ts'
import { kinds, reviews } from '../../../../src/controlplane/apiserver/kinds/registry.ts'
import { recorded } from '../../recording.ts'

const served = [...kinds, ...reviews].map((entry) => withGates(entry, new Set()))
const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

test('every core resource we serve is listed as a real API server lists it', () => {
  const real = recorded('core resources').response.body as { resources: { name: string }[] }
  const ours = plain(resourceList('v1', served)) as { resources: { name: string }[] }
  assert.deepEqual({ ...ours, resources: [] }, { ...real, resources: [] })
  for (const entry of ours.resources)
    assert.deepEqual(
      entry,
      real.resources.find(({ name }) => name === entry.name),
    )
  assert.ok(ours.resources.some(({ name }) => name === 'pods/ephemeralcontainers'))
})

test('what is behind a feature gate is listed when the gate is on', () => {
  const listed = (...gates: string[]) =>
    JSON.stringify(
      resourceList(
        'v1',
        [...kinds].map((entry) => withGates(entry, new Set(gates))),
      ),
    )
  assert.ok(listed('InPlacePodVerticalScaling').includes('pods/resize'))
  assert.ok(!listed().includes('pods/resize'))
})

test('leases are listed exactly', () => {
  assert.deepEqual(plain(resourceList('coordination.k8s.io/v1', served)), recorded('coordination resources').response.body)
})

test('aggregated discovery of the core group agrees for what is served', () => {
  type Aggregated = { items: { versions: { resources: { resource: string }[] }[] }[] }
  const real = (recorded('aggregated discovery of core').response.body as Aggregated).items[0]?.versions[0]?.resources
  const ours = (plain(aggregated(true, served)) as Aggregated).items[0]?.versions[0]?.resources ?? []
  assert.ok(ours.length > 8)
  for (const entry of ours)
    assert.deepEqual(
      entry,
      real?.find(({ resource }) => resource === entry.resource),
    )
})
