import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { startControlPlane } from '../../src/controlplane/start.ts'
import { waitUntil } from '../support/wait-until.ts'
import { aPod, configMaps, pods } from './harness.ts'

describe('a whole control plane', () => {
  let stateDirectory: string
  before(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'podsteward-start-'))
  })
  after(() => rm(stateDirectory, { recursive: true }))

  const start = (featureGates?: ReadonlySet<string>) =>
    startControlPlane({ stateDirectory, storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger, featureGates })

  it('finds its objects and its authority at the second start', async () => {
    let ca = ''
    {
      await using first = await start()
      ca = first.caPem
      await first.backend.create(configMaps, { metadata: { name: 'kept' } })
    }
    await using second = await start()
    assert.equal(second.caPem, ca)
    assert.equal((await second.backend.get({ ...configMaps, name: 'kept' })).metadata?.name, 'kept')
  })

  it('serves what is on in Kubernetes 1.36: pods are resized, unless the gate is off', async () => {
    const resize = async (gates?: ReadonlySet<string>) => {
      await using running = await start(gates)
      const { backend } = running
      await waitUntil('the service account', async () => (await backend.list({ resource: 'serviceaccounts', namespace: 'default' })).items.length > 0)
      const name = `resized-${gates?.size ?? 'default'}`
      await backend.create(pods, aPod(name))
      const spec = { containers: [{ name: 'c', resources: { requests: { cpu: '100m' } } }] }
      return await backend.patch({ ...pods, name }, 'application/strategic-merge-patch+json', { spec }, { subresource: 'resize' })
    }
    await assert.rejects(resize(new Set()), { code: 404 })
    await assert.rejects(resize(), /Pod QOS Class may not change as a result of resizing/)
  })

  it('empties a deleted namespace and takes it away', async () => {
    await using running = await start()
    const { backend } = running
    await backend.create({ resource: 'namespaces' }, { metadata: { name: 'short' } })
    await waitUntil('the service account', async () => (await backend.list({ resource: 'serviceaccounts', namespace: 'short' })).items.length > 0)
    await backend.create({ ...pods, namespace: 'short' }, aPod('a'))
    await backend.delete({ resource: 'namespaces', name: 'short' })
    await waitUntil(
      'the namespace to go',
      async () => !(await backend.list({ resource: 'namespaces' })).items.some(({ metadata }) => metadata?.name === 'short'),
    )
    assert.deepEqual((await backend.list({ ...pods, namespace: 'short' })).items, [])
  })

  it('a port that is taken is an error that says so, and nothing stays open', async () => {
    await using running = await start()
    const port = Number(new URL(running.url).port)
    const second = startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port }, clock: systemClock, log: silentLogger })
    await assert.rejects(second, { code: 'EADDRINUSE' })
  })
})
