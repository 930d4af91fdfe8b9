import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { metricsDefinitions, type NodeMetrics, type PodMetrics } from '../../../../src/controlplane/apiserver/metrics/definitions.ts'
import { SummaryReader } from '../../../../src/controlplane/apiserver/metrics/summary-reader.ts'
import { usageOf } from '../../../../src/controlplane/apiserver/metrics/usage.ts'
import { NodeCaller } from '../../../../src/controlplane/apiserver/node/node-caller.ts'
import type { ApiBackend } from '../../../../src/controlplane/apiserver/rest/backend.ts'
import { issueServing, makeAuthority } from '../../../../src/controlplane/pki/authority.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

const usage = (nano: number | undefined, bytes: number) => ({
  cpu: { time: '2026-01-02T03:04:05Z', usageNanoCores: nano },
  memory: { time: '2026-01-02T03:04:05Z', workingSetBytes: bytes },
})

describe('metrics.k8s.io from the nodes’ summaries', () => {
  let server: Server
  let backend: ApiBackend
  let asked: string[] = []
  let uids: Record<string, string> = {}
  const [nodes, pods] = metricsDefinitions(new SummaryReader(new NodeCaller({ certPem: '', keyPem: '' })))
  const now = new ManualClock().wall()
  const compute = (definition: typeof nodes, namespace: string, name = '') => definition?.compute?.({ namespace, name }, { backend, now })

  before(async () => {
    const serving = await issueServing(await makeAuthority('node-ca', Date.now()), 'node', [], ['127.0.0.1'], Date.now())
    server = createServer({ cert: serving.certPem, key: serving.keyPem }, (request, response) => {
      asked.push(request.url ?? '')
      const pod = (name: string, containers: object[]) => ({ podRef: { name, namespace: 'default', uid: uids[name] }, containers })
      response.end(
        JSON.stringify({
          node: usage(1_500_000_000, 512 << 20),
          pods: [
            pod('web', [
              { name: 'a', ...usage(250_000_000, 64 << 20) },
              { name: 'b', ...usage(1_234_567, 1000) },
            ]),
            pod('fresh', [
              { name: 'a', ...usage(1, 1) },
              { name: 'b', ...usage(undefined, 1) },
            ]),
            { podRef: { name: 'web', namespace: 'default', uid: 'of a pod that was' }, containers: [{ name: 'a', ...usage(1, 1) }] },
          ],
        }),
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    ;({ backend } = await makeBackend())
    const addNode = async (name: string, status: object) => {
      await backend.create({ resource: 'nodes' }, { metadata: { name, labels: { zone: name } } })
      await backend.patch({ resource: 'nodes', name }, 'application/merge-patch+json', { status }, { subresource: 'status' })
    }
    const reachable = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } } }
    await addNode('one', reachable)
    await addNode('without-address', {})
    await addNode('silent', { ...reachable, conditions: [{ type: 'Ready', status: 'Unknown' }] })
    const spec = { nodeName: 'one', containers: [{ name: 'a', image: 'busybox' }] }
    for (const name of ['web', 'fresh']) {
      const made = await backend.create({ resource: 'pods', namespace: 'default' }, { metadata: { name, labels: { app: name } }, spec } as KubeObject)
      uids = { ...uids, [name]: made.metadata?.uid ?? '' }
    }
  })
  after(() => {
    server.close()
    server.closeAllConnections()
  })

  it('a node is what its summary says; nodes that cannot be asked are left out', async () => {
    asked = []
    const found = (await compute(nodes, '')) as NodeMetrics[]
    assert.deepEqual(
      found.map(({ metadata, usage, timestamp }) => [metadata?.name, metadata?.labels, usage, timestamp]),
      [['one', { zone: 'one' }, { cpu: '1500m', memory: '512Mi' }, '2026-01-02T03:04:05Z']],
    )
    assert.deepEqual(asked, ['/stats/summary?only_cpu_and_memory=true'])
    await assert.rejects(
      async () => compute(nodes, '', 'silent'),
      (error) => error instanceof KubeError && error.message === 'nodemetrics.metrics.k8s.io "silent" not found',
    )
    await assert.rejects(
      async () => compute(nodes, '', 'absent'),
      (error) => error instanceof KubeError && error.message === 'nodes "absent" not found',
    )
  })

  it('a pod has its containers, its own uid’s only, and is left out until each of them is measured', async () => {
    const found = (await compute(pods, 'default')) as PodMetrics[]
    assert.deepEqual(
      found.map(({ metadata, containers }) => [metadata?.name, metadata?.namespace, metadata?.labels, containers]),
      [
        [
          'web',
          'default',
          { app: 'web' },
          [
            { name: 'a', usage: { cpu: '250m', memory: '64Mi' } },
            { name: 'b', usage: { cpu: '1234567n', memory: '1000' } },
          ],
        ],
      ],
    )
    assert.deepEqual(await compute(pods, 'elsewhere'), [])
    const row = pods?.printer?.cells(found[0] as KubeObject, now)
    assert.deepEqual(row, ['web', '251234567n', '67109864', '10s'])
    await assert.rejects(
      async () => compute(pods, 'default', 'fresh'),
      (error) => error instanceof KubeError && error.code === 404 && error.message === 'podmetrics.metrics.k8s.io "default/fresh" not found',
    )
  })

  it('those who ask at one time share one answer of the node', async () => {
    asked = []
    await Promise.all([compute(nodes, ''), compute(pods, 'default'), compute(nodes, '', 'one')])
    assert.equal(asked.length, 1)
  })

  it('quantities are canonical', () => {
    assert.deepEqual(usageOf({ nanoCores: 0, bytes: 0 }), { cpu: '0', memory: '0' })
    assert.deepEqual(usageOf({ nanoCores: 2e9, bytes: 3 * 1024 }), { cpu: '2', memory: '3Ki' })
    assert.deepEqual(usageOf({ nanoCores: 5000, bytes: 2 ** 40 }), { cpu: '5u', memory: '1Ti' })
  })
})
