import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { Agent, request } from 'node:https'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { type RunningControlPlane, startControlPlane } from '../../src/controlplane/start.ts'
import type { KubeObject } from '../../src/kube/objects.ts'
import { waitUntil } from '../support/wait-until.ts'
import { aPod, configMaps, pods } from './harness.ts'

describe('the figures of an embedded control plane', () => {
  let plane: RunningControlPlane
  let agent: Agent

  before(async () => {
    const components = { leaderElect: true, scheduler: 'default' } as const
    plane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger, components })
    agent = new Agent({ ca: plane.caPem, cert: plane.admin.certPem, key: plane.admin.keyPem, keepAlive: true })
  })
  after(async () => {
    agent?.destroy()
    await plane?.[Symbol.asyncDispose]()
  })

  const get = async (path: string, by: Agent = agent) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; type: string; text: string }>()
    const asked = request(new URL(path, plane.url), { agent: by, ca: plane.caPem }, async (answer) => {
      let text = ''
      for await (const part of answer.setEncoding('utf8')) text += part
      resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', text })
    })
    asked.on('error', reject).end()
    return promise
  }
  const value = (text: string, series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )

  it('are told at /metrics to who may read that path, and to nobody else', async () => {
    const answer = await get('/metrics')
    assert.equal(answer.status, 200)
    assert.match(answer.type, /^text\/plain; version=0\.0\.4/)
    const anonymous = new Agent({ ca: plane.caPem })
    const refused = await get('/metrics', anonymous)
    anonymous.destroy()
    assert.equal(refused.status, 403)
    assert.match(refused.text, /User \\"system:anonymous\\" cannot get path \\"\/metrics\\"/)
    assert.ok(JSON.parse((await get('/')).text).paths.includes('/metrics'))
  })

  it('count requests by what they ask for and what they are answered', async () => {
    await get('/api/v1/namespaces/default/configmaps/none')
    await get('/api/v1/namespaces/default/configmaps')
    const { text } = await get('/metrics')
    const labels = (verb: string, scope: string) =>
      `verb="${verb}",dry_run="",group="",version="v1",resource="configmaps",subresource="",scope="${scope}",component="apiserver"`
    assert.equal(value(text, `apiserver_request_total{${labels('GET', 'resource')},code="404"}`), 1)
    assert.equal(value(text, `apiserver_request_total{${labels('LIST', 'namespace')},code="200"}`), 1)
    assert.equal(value(text, `apiserver_request_duration_seconds_count{${labels('LIST', 'namespace')}}`), 1)
    assert.equal(value(text, 'apiserver_current_inflight_requests{request_kind="readOnly"}'), 1)
  })

  it('count watches while they last', async () => {
    const series = 'apiserver_longrunning_requests{verb="WATCH",group="",version="v1",resource="secrets",subresource="",scope="cluster",component="apiserver"}'
    const asked = request(new URL('/api/v1/secrets?watch=true', plane.url), { agent, ca: plane.caPem })
    asked.on('error', () => {}).end()
    await waitUntil('the watch', async () => value((await get('/metrics')).text, series) === 1)
    asked.destroy()
    await waitUntil('its end', async () => value((await get('/metrics')).text, series) === 0)
  })

  it('count what is stored, and what controllers and the scheduler do', async () => {
    const { backend } = plane
    await waitUntil('the service account', async () => (await backend.list({ resource: 'serviceaccounts', namespace: 'default' })).items.length > 0)
    await backend.create(configMaps, { metadata: { name: 'one' } })
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const spec = { replicas: 3, selector: { matchLabels: { a: 'b' } }, template }
    await backend.create({ resource: 'deployments.apps', namespace: 'default' }, { metadata: { name: 'd' }, spec } as KubeObject)
    await backend.create(pods, {
      ...aPod('gated'),
      spec: { ...(aPod('gated') as { spec: object }).spec, schedulingGates: [{ name: 'example.com/wait' }] },
    } as KubeObject)
    await waitUntil(
      'all to be told of as unschedulable',
      async () => value((await get('/metrics')).text, 'scheduler_pending_pods{queue="unschedulable"}') === 3,
    )
    const { text } = await get('/metrics')
    assert.equal(value(text, 'scheduler_pending_pods{queue="gated"}'), 1)
    assert.ok(value(text, 'scheduler_schedule_attempts_total{result="unschedulable",profile="default-scheduler"}') >= 3)
    assert.equal(value(text, 'apiserver_resource_objects{group="",resource="pods"}'), 4)
    assert.equal(value(text, 'apiserver_storage_objects{resource="deployments.apps"}'), 1)
    const deployments = plane.controllers().find(({ name }) => name === 'deployment-controller')?.queues[0]?.name
    assert.ok(value(text, `workqueue_adds_total{name="${deployments}"}`) > 0)
    assert.equal(value(text, `workqueue_depth{name="${deployments}"}`), 0)
    assert.ok(value(text, `workqueue_work_duration_seconds_count{name="${deployments}"}`) > 0)
    for (const lease of ['kube-controller-manager', 'kube-scheduler']) assert.equal(value(text, `leader_election_master_status{name="${lease}"}`), 1)
  })

  it('are what promtool expects', async () => {
    const { stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], { input: (await get('/metrics')).text, encoding: 'utf8' })
    assert.equal(error, undefined)
    assert.equal(`${stdout}${stderr}`, '')
  })
})
