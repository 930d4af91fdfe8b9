/** The API server goes for a while, or comes back as an older copy of itself, under an agent with simulated pods: all is told within seconds of its return. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startAgent } from '../../src/agent/agent.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { startControlPlane } from '../../src/controlplane/start.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { Outage } from '../support/outage.ts'
import { waitUntil } from '../support/wait-until.ts'

const podsPath = '/api/v1/namespaces/default/pods'
const aPod = (name: string, annotations: Record<string, string> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, annotations },
  spec: { nodeName: 'n1', terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [{ name: 'c', image: 'app:1' }] },
})

async function aRoot(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'api-outage-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  return root
}

const startServer = (stateDirectory: string, port = 0) =>
  startControlPlane({ stateDirectory, storage: 'memory', listen: { host: '127.0.0.1', port }, clock: systemClock, log: silentLogger })

const adminOf = (kubeconfig: string) => createKubeClient({ kubeconfig, qps: 0, burst: 0, userAgent: 'chaos', log: silentLogger, clock: systemClock })

async function startNode(t: TestContext, root: string, server: Awaited<ReturnType<typeof startServer>>, port: number) {
  const kubeconfig = join(root, 'node.kubeconfig')
  await writeFile(kubeconfig, (await server.nodeKubeconfig('n1')).replace(/:\d+$/m, `:${port}`))
  const places = { rootDir: join(root, 'node'), podLogsDir: join(root, 'logs') }
  const ports = { healthzPort: '0', port: '0', cadvisorPort: '0' }
  const config = resolveAgentConfig({ kubeconfig, hostnameOverride: 'n1', engine: 'simulated', actorThreads: '0', ...places, ...ports })
  const agent = await startAgent(config, { clock: systemClock, log: silentLogger })
  t.after(() => agent[Symbol.asyncDispose]())
  return agent
}

const ready = (client: ReturnType<typeof adminOf>) =>
  waitUntil('the service account', async () => (await client.get('/api/v1/namespaces/default/serviceaccounts/default').catch(() => undefined)) !== undefined, {
    timeoutMs: 30_000,
  })

test('what restarted while the API server was away is told soon after its return, of every pod', { timeout: 180_000 }, async (t) => {
  const root = await aRoot(t)
  const server = await startServer(join(root, 'state'))
  t.after(() => server[Symbol.asyncDispose]())
  const outage = await Outage.before(server.url)
  t.after(() => outage[Symbol.asyncDispose]())
  const admin = adminOf(server.adminKubeconfig)
  t.after(() => admin[Symbol.asyncDispose]())
  await ready(admin)
  const agent = await startNode(t, root, server, outage.port)
  const names = Array.from({ length: 10 }, (_, index) => `p${index}`)
  for (const name of names) await admin.create(podsPath, aPod(name, { 'simulated.podsteward.io/exit-after': '8s', 'simulated.podsteward.io/exit-code': '1' }))
  const pods = async () => (await admin.list<Pod>(podsPath)).items
  await waitUntil('all to run', async () => (await pods()).every(({ status }) => status?.phase === 'Running'), { timeoutMs: 60_000 })
  outage.begin()
  // Long enough for the waits to have grown long.
  await new Promise((resolve) => setTimeout(resolve, 40_000))
  const asked = [...agent.calls.values()].reduce((sum, each) => sum + each, 0)
  assert.ok(asked < 600, `${asked} requests`)
  outage.end()
  const from = performance.now()
  const told = async () => (await pods()).filter(({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0).length
  await waitUntil('all restarts to be told', async () => (await told()) === names.length, { timeoutMs: 20_000, seen: told })
  t.diagnostic(`told ${Math.round(performance.now() - from)} ms after the return`)
})

test('an API server that comes back as an older copy is heard: a new pod runs, and one that is no more goes', { timeout: 180_000 }, async (t) => {
  const root = await aRoot(t)
  const state = join(root, 'state')
  const first = await startServer(state)
  const port = Number(new URL(first.url).port)
  let admin = adminOf(first.adminKubeconfig)
  await ready(admin)
  await startNode(t, root, first, port)
  await waitUntil('the node', async () => (await admin.get('/api/v1/nodes/n1').catch(() => undefined)) !== undefined, { timeoutMs: 30_000 })
  await admin.create(podsPath, aPod('kept'))
  const phase = async (name: string) => (await admin.get<Pod>(`${podsPath}/${name}`).catch(() => undefined))?.status?.phase
  await waitUntil('kept to run', async () => (await phase('kept')) === 'Running', { timeoutMs: 60_000 })
  await cp(join(state, 'objects.jsonl'), join(root, 'copy.jsonl'))
  await admin.create(podsPath, aPod('lost'))
  await waitUntil('lost to run', async () => (await phase('lost')) === 'Running', { timeoutMs: 60_000 })
  // The versions that the agent has seen are far beyond the copy's.
  for (let index = 0; index < 200; index += 1) await admin.create('/api/v1/namespaces/default/configmaps', { metadata: { name: `c${index}` } })
  await admin.patch(`${podsPath}/kept`, 'application/merge-patch+json', { metadata: { labels: { seen: 'late' } } })
  await admin[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  await cp(join(root, 'copy.jsonl'), join(state, 'objects.jsonl'))
  const second = await startServer(state, port)
  t.after(() => second[Symbol.asyncDispose]())
  admin = adminOf(second.adminKubeconfig)
  t.after(() => admin[Symbol.asyncDispose]())
  await admin.create(podsPath, aPod('new'))
  await waitUntil('new to run', async () => (await phase('new')) === 'Running', { timeoutMs: 60_000, seen: () => phase('new') })
  assert.equal(await phase('kept'), 'Running')
})
