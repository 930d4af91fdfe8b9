import assert from 'node:assert/strict'
import { after, before, describe, it, test } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { type RunningControlPlane, startControlPlane } from '../../../../src/controlplane/start.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { aDefinition, aWidget, specOf } from '../../apiserver/custom/widgets.ts'

describe('a namespace that is deleted', () => {
  let plane: RunningControlPlane
  before(async () => {
    plane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
  })
  after(() => plane[Symbol.asyncDispose]())

  const make = (name: string) => plane.backend.create({ resource: 'namespaces' }, { metadata: { name } })
  const gone = (name: string) =>
    waitUntil(`namespace ${name} to go`, () =>
      plane.backend.get({ resource: 'namespaces', name }).then(
        () => false,
        () => true,
      ),
    )

  it('takes what is in it, of whatever kind', async () => {
    await make('full')
    const within = (resource: string) => ({ resource, namespace: 'full' })
    await plane.backend.create(within('configmaps'), { metadata: { name: 'a' } })
    await plane.backend.create(within('deployments.apps'), {
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
    } as KubeObject)
    await plane.backend.delete({ resource: 'namespaces', name: 'full' })
    await gone('full')
    assert.deepEqual((await plane.backend.list(within('deployments.apps'))).items, [])
  })

  it('takes custom resources too, and waits for their finalizers, saying so', async () => {
    await plane.backend.create({ resource: 'customresourcedefinitions.apiextensions.k8s.io' }, aDefinition(specOf({})))
    await waitUntil('the kind to be served', () => plane.kinds.all.some(({ kind }) => kind === 'Widget'))
    await make('custom')
    const widgets = { resource: 'widgets.example.com', namespace: 'custom' }
    await plane.backend.create(widgets, aWidget('w', undefined, { metadata: { name: 'w', finalizers: ['example.com/hold'] } }))
    await plane.backend.delete({ resource: 'namespaces', name: 'custom' })
    const conditions = await waitUntil('it to say what holds it', async () => {
      const { status } = (await plane.backend.get({ resource: 'namespaces', name: 'custom' })) as {
        status?: { conditions?: { type: string; message: string }[] }
      }
      return status?.conditions
    })
    const said = (type: string) => conditions.find((each) => each.type === type)?.message
    assert.equal(said('NamespaceContentRemaining'), 'Some resources are remaining: widgets.example.com has 1 resource instances')
    assert.equal(said('NamespaceFinalizersRemaining'), 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances')
    await plane.backend.patch({ ...widgets, name: 'w' }, 'application/merge-patch+json', { metadata: { finalizers: null } })
    await gone('custom')
  })

  it('a custom resource that is owned goes with its owner', async () => {
    const widgets = { resource: 'widgets.example.com', namespace: 'default' }
    const owner = await plane.backend.create({ resource: 'configmaps', namespace: 'default' }, { metadata: { name: 'owner' } })
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata?.uid ?? '' }]
    await plane.backend.create(widgets, aWidget('owned', undefined, { metadata: { name: 'owned', ownerReferences } }))
    await plane.backend.delete({ resource: 'configmaps', namespace: 'default', name: 'owner' })
    await waitUntil('it to go', async () => (await plane.backend.list(widgets)).items.length === 0)
  })
})

test('a namespace goes with the last of what is in it, and is not looked through for each of the others', async () => {
  const clock = new ManualClock()
  await using plane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock, log: silentLogger })
  const { backend } = plane
  await backend.create({ resource: 'namespaces' }, { metadata: { name: 'large' } })
  const within = { resource: 'configmaps', namespace: 'large' }
  const names = Array.from({ length: 300 }, (_, index) => `map-${index}`)
  for (const name of names) await backend.create(within, { metadata: { name, finalizers: ['example.com/hold'] } })
  let lists = 0
  const list = backend.list.bind(backend)
  backend.list = (ref, selection) => {
    if (ref.resource === 'configmaps' && ref.namespace === 'large') lists += 1
    return list(ref, selection)
  }
  await backend.delete({ resource: 'namespaces', name: 'large' })
  await waitUntil('its contents to be told to go', async () => {
    const { status } = (await backend.get({ resource: 'namespaces', name: 'large' })) as { status?: { conditions?: unknown[] } }
    return (status?.conditions?.length ?? 0) > 0
  })
  for (const name of names) await backend.patch({ ...within, name }, 'application/merge-patch+json', { metadata: { finalizers: null } })
  // Time stands still: nothing but the last change can have told.
  await waitUntil('the namespace to go', () =>
    backend.get({ resource: 'namespaces', name: 'large' }).then(
      () => false,
      () => true,
    ),
  )
  assert.ok(lists < 10, String(lists))
})
