import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RemoteMetrics } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/remote-metrics.ts'

const version = (group: string, name: string) => ({ group, version: name, resources: [], isCurrent: true })

/** An adapter that answers so, and what it was asked. */
function adapter(
  answer: { status: number; body: unknown } | Error,
  versions = [version('custom.metrics.k8s.io', 'v1beta1'), version('external.metrics.k8s.io', 'v1beta1')],
) {
  const asked: string[] = []
  const get = async (path: string, query: string) => {
    asked.push(query ? `${path}?${query}` : path)
    if (answer instanceof Error) throw answer
    return { status: answer.status, text: typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body) }
  }
  return { metrics: new RemoteMetrics({ versions, get }), asked }
}
const item = (name: string, value: string) => ({ describedObject: { name }, timestamp: '2026-01-01T00:00:00Z', value })

describe('metrics of another API server', () => {
  it('are of all pods that are selected, in thousandths, with their times', async () => {
    const items = [item('a', '1500m'), { ...item('b', '2k'), windowSeconds: 30 }]
    const { metrics, asked } = adapter({ status: 200, body: { items } })
    const at = Date.UTC(2026, 0, 1)
    assert.deepEqual(await metrics.ofObjects('namespaces/n/pods/*', { name: 'hits', selector: { matchLabels: { verb: 'GET' } } }, 'app=web'), [
      { name: 'a', value: 1500, at, windowMs: undefined },
      { name: 'b', value: 2_000_000, at, windowMs: 30_000 },
    ])
    assert.deepEqual(asked, ['/apis/custom.metrics.k8s.io/v1beta1/namespaces/n/pods/*/hits?labelSelector=app%3Dweb&metricLabelSelector=verb%3DGET'])
  })

  it('are asked for in the best version that both speak', async () => {
    const [v1, v2] = [version('custom.metrics.k8s.io', 'v1beta1'), version('custom.metrics.k8s.io', 'v1beta2')]
    const { metrics, asked } = adapter({ status: 200, body: { items: [item('web', '1')] } }, [v1, v2])
    await metrics.ofObjects('namespaces/n/services/web', { name: 'hits' })
    assert.deepEqual(asked, ['/apis/custom.metrics.k8s.io/v1beta2/namespaces/n/services/web/hits'])
    assert.equal(metrics.isServed('external.metrics.k8s.io'), false)
    assert.equal(adapter({ status: 200, body: {} }, [version('custom.metrics.k8s.io', 'v9')]).metrics.isServed('custom.metrics.k8s.io'), false)
  })

  it('from outside of the cluster are of a namespace', async () => {
    const { metrics, asked } = adapter({ status: 200, body: { items: [{ value: '3' }, { value: '500m' }] } })
    const values = await metrics.external('n', { name: 'queue', selector: { matchLabels: { q: 'a' } } })
    assert.deepEqual(
      values.map(({ value }) => value),
      [3000, 500],
    )
    assert.deepEqual(asked, ['/apis/external.metrics.k8s.io/v1beta1/namespaces/n/queue?labelSelector=q%3Da'])
  })

  const refusals: [string, Parameters<typeof adapter>[0], string][] = [
    [
      'in its own words',
      { status: 404, body: { kind: 'Status', message: 'the server could not find the metric hits for pods' } },
      'unable to fetch metrics from custom metrics API: the server could not find the metric hits for pods',
    ],
    [
      'that is away',
      { status: 503, body: 'service unavailable' },
      'unable to fetch metrics from custom metrics API: the server is currently unable to handle the request',
    ],
    ['that cannot be reached', new Error('connect ECONNREFUSED'), 'unable to fetch metrics from custom metrics API: connect ECONNREFUSED'],
    ['that has none', { status: 200, body: { items: [] } }, 'no metrics returned from custom metrics API'],
    ['that says something else', { status: 200, body: 'nonsense' }, 'no metrics returned from custom metrics API'],
  ]
  for (const [what, answer, message] of refusals)
    it(`are refused by a server ${what}`, async () => {
      await assert.rejects(adapter(answer).metrics.ofObjects('namespaces/n/pods/*', { name: 'hits' }), { message })
    })
})
