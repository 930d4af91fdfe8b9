import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Agent, startAgent } from '../../src/agent/agent.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { writeFile } from '../../src/cli/controlplane.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { startControlPlane } from '../../src/controlplane/start.ts'
import { type Random, seededSources } from '../../src/engine/simulated/random.ts'
import { createKubeClient, type HttpKubeClient } from '../../src/kube/http-client.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { integer, oneIn, pick } from '../fuzz/draw.ts'
import { DockerModel } from '../support/docker-model.ts'
import { FakeDocker } from '../support/fake-docker.ts'
import { Outage } from '../support/outage.ts'
import { waitUntil } from '../support/wait-until.ts'

export interface SoakOptions {
  readonly forMs: number
  readonly seed: number
  /** Pods at a time. */
  readonly pods: number
  /** Between two troubles, on average. */
  readonly troubleMs: number
  /** Called now and then with how it goes. */
  readonly tell?: (line: string) => void
}

/** What the process holds: the agent on two actor threads, the API server and the engine. */
export interface Holdings {
  readonly descriptors: number
  readonly threads: number
  readonly heapBytes: number
  readonly residentBytes: number
}

export interface SoakReport {
  readonly made: number
  readonly restarts: number
  readonly troubles: Readonly<Record<string, number>>
  /** Errors that nobody owned. */
  readonly escaped: number
  /** Containers that ran twice. */
  readonly doubled: readonly string[]
  readonly before: Holdings
  readonly after: Holdings
}

const podsPath = '/api/v1/namespaces/default/pods'
const node = 'soaked'

/**
 * Pods come, crash and go under an agent whose actor threads die, whose API server goes away and whose engine breaks off and hangs.
 * Both readings are taken with no pod on the node; the first after a churn without troubles, which loads and compiles what there is.
 */
export async function soak({ forMs, seed, pods, troubleMs, tell }: SoakOptions): Promise<SoakReport> {
  await using cleanup = new AsyncDisposableStack()
  const root = await mkdtemp(join(tmpdir(), 'soak-'))
  cleanup.defer(() => rm(root, { recursive: true, force: true }))
  const daemon = cleanup.use(await FakeDocker.open())
  const model = new DockerModel(daemon)
  const controlPlane = cleanup.use(
    await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger }),
  )
  const outage = cleanup.use(await Outage.before(controlPlane.url))
  const kubeconfig = (await controlPlane.nodeKubeconfig(node)).replace(controlPlane.url, `https://127.0.0.1:${outage.port}`)
  const config = resolveAgentConfig({
    ...{ kubeconfig: writeFile(root, 'node.kubeconfig', kubeconfig), hostnameOverride: node, dockerEndpoint: daemon.endpoint },
    ...{ rootDir: join(root, 'node'), podLogsDir: join(root, 'logs'), podInfraContainerImage: 'app:1', actorThreads: '2' },
    ...{ healthzPort: '0', port: '0', cadvisorPort: '0', maxPods: '250', kubeApiQps: '500', kubeApiBurst: '500', eventQps: '0' },
  })
  const agent = cleanup.use(await startAgent(config, { clock: systemClock, log: silentLogger }))
  const kubeconfigPath = writeFile(root, 'admin', controlPlane.adminKubeconfig)
  const client = cleanup.use(createKubeClient({ kubeconfigPath, qps: 0, burst: 0, userAgent: 'soak', log: silentLogger, clock: systemClock }))
  const ready = () => client.get('/api/v1/namespaces/default/serviceaccounts/default').then(Boolean, () => false)
  await waitUntil('the default service account', ready, { timeoutMs: 20_000 })

  const random = seededSources(seed)
  const churn = new Churn(client, model, random('churn'), pods)
  await churn.run(Math.min(forMs / 4, 30_000))
  await churn.drain()
  const before = holdings()
  tell?.(described('before', before))

  const troubles = new Troubles({ agent, outage, daemon, random: random('troubles'), meanMs: troubleMs })
  const until = performance.now() + forMs
  const troubling = troubles.run(until)
  while (performance.now() < until) {
    await churn.run(Math.min(60_000, until - performance.now()))
    // What the engine was asked is nothing that the agent holds.
    daemon.asked.length = 0
    tell?.(`${churn.made} pods made, ${model.containers.size} containers, troubles ${JSON.stringify(troubles.counts)}; ${described('now', holdings())}`)
  }
  await troubling
  await churn.drain()
  // Connections that were cut, and threads that died, are gone a moment later.
  await pause(3_000)
  daemon.asked.length = 0
  const after = holdings()
  tell?.(described('after', after))
  const { escaped } = agent.system.metrics()
  return {
    made: churn.made,
    restarts: churn.restarts,
    troubles: troubles.counts,
    escaped: Math.max(0, escaped - (troubles.counts.host ?? 0)),
    doubled: model.doubled,
    before,
    after,
  }
}

/** Makes and deletes pods, and lets their containers crash. */
class Churn {
  made = 0
  restarts = 0
  readonly #client: HttpKubeClient
  readonly #model: DockerModel
  readonly #random: Random
  readonly #most: number
  readonly #names: string[] = []

  constructor(client: HttpKubeClient, model: DockerModel, random: Random, most: number) {
    this.#client = client
    this.#model = model
    this.#random = random
    this.#most = most
  }

  async run(forMs: number): Promise<void> {
    for (const until = performance.now() + forMs; performance.now() < until; ) {
      if (this.#names.length < this.#most && !oneIn(this.#random, 3)) await this.#make()
      else await this.#delete(integer(this.#random, 0, this.#names.length - 1))
      const ids = [...this.#model.containers.keys()]
      if (ids.length > 0 && oneIn(this.#random, 10)) {
        this.restarts += 1
        this.#model.crash(pick(this.#random, ids))
      }
      await pause(integer(this.#random, 10, 150))
    }
  }

  /** Deletes every pod and waits until nothing of them is left. */
  async drain(): Promise<void> {
    while (this.#names.length > 0) await this.#delete(0)
    const left = async () => [...this.#model.containers.values()].map(({ name, status }) => `${name} ${status}`).concat(await this.#left())
    await waitUntil('every pod to go', async () => (await left()).length === 0, {
      timeoutMs: 180_000,
      seen: () => [...this.#model.containers.values()].map(({ name }) => name),
    })
  }

  async #left(): Promise<string[]> {
    return (await this.#client.list<Pod>(podsPath)).items.map(({ metadata }) => metadata?.name ?? '')
  }

  async #make(): Promise<void> {
    this.made += 1
    const name = `p${this.made}`
    this.#names.push(name)
    const probe = oneIn(this.#random, 2) ? { livenessProbe: { exec: { command: ['x'] }, periodSeconds: 1 } } : {}
    await this.#client.create(podsPath, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { nodeName: node, terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'app:1', ...probe }] },
    })
  }

  async #delete(at: number): Promise<void> {
    const [name] = this.#names.splice(at, 1)
    if (name !== undefined) await this.#client.delete(`${podsPath}/${name}`)
  }
}

interface TroublesOptions {
  readonly agent: Agent
  readonly outage: Outage
  readonly daemon: FakeDocker
  readonly random: Random
  readonly meanMs: number
}

/** What goes wrong around the pods, one after the other. */
class Troubles {
  readonly counts: Record<string, number> = {}
  readonly #options: TroublesOptions

  constructor(options: TroublesOptions) {
    this.#options = options
  }

  async run(until: number): Promise<void> {
    const { random, meanMs } = this.#options
    for (;;) {
      const waitMs = integer(random, meanMs / 2, meanMs * 1.5)
      if (performance.now() + waitMs > until) return
      await pause(waitMs)
      const kind = pick(random, ['host', 'api', 'engine-cut', 'engine-hang'] as const)
      this.counts[kind] = (this.counts[kind] ?? 0) + 1
      await this.#make(kind)
    }
  }

  async #make(kind: 'host' | 'api' | 'engine-cut' | 'engine-hang'): Promise<void> {
    const { agent, outage, daemon, random } = this.#options
    const forMs = integer(random, 200, 3_000)
    switch (kind) {
      case 'host': {
        const { rehomed } = agent.system.metrics()
        agent.system.killHost(integer(random, 0, 1))
        await waitUntil('the threads', () => agent.system.metrics().rehomed > rehomed || agent.system.hosts().every(({ up }) => up), { timeoutMs: 60_000 })
        return
      }
      case 'api':
        outage.begin()
        await pause(forMs)
        return outage.end()
      case 'engine-cut':
        return daemon.cut()
      case 'engine-hang':
        daemon.tamper = () => true
        await pause(forMs)
        daemon.tamper = undefined
        // Those that were not answered begin anew.
        return daemon.cut()
    }
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export function holdings(): Holdings {
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  const threads = Number(/^Threads:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
  return { descriptors: readdirSync('/proc/self/fd').length, threads, heapBytes: heapUsed + external, residentBytes: rss }
}

const mb = (value: number) => `${Math.round(value / 2 ** 20)} MB`

export const described = (when: string, { descriptors, threads, heapBytes, residentBytes }: Holdings): string =>
  `${when}: ${descriptors} descriptors, ${threads} threads, heap ${mb(heapBytes)}, resident ${mb(residentBytes)}`
