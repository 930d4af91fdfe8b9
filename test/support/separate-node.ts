import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { type Agent, startAgent } from '../../src/agent/agent.ts'
import { systemClock } from '../../src/base/clock.ts'
import { type Logger, silentLogger } from '../../src/base/log.ts'
import type { NodeFlags } from '../../src/config/node-flags.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { startControlPlane } from '../../src/controlplane/start.ts'
import type { CoreEvent, Pod } from '../../src/kube/objects.ts'
import { unmountAll } from '../../src/volumes/clean-up.ts'
import { systemMounter } from '../../src/volumes/mounter.ts'
import { Kubectl } from './kubectl.ts'
import { Outage } from './outage.ts'
import { testDockerSocket } from './test-docker.ts'
import { waitUntil } from './wait-until.ts'

type ControlPlane = Awaited<ReturnType<typeof startControlPlane>>

/** An API server and a node agent that can be parted and restarted each for itself, in this process, on the test's Docker Engine. */
export class SeparateNode implements AsyncDisposable {
  readonly docker = new Docker({ socketPath: testDockerSocket() })
  readonly name: string
  readonly state: string
  readonly kubectl: Kubectl
  readonly outage: Outage
  readonly #controlPlane: ControlPlane
  readonly #flags: NodeFlags
  #agent: Agent | undefined

  private constructor(name: string, state: string, controlPlane: ControlPlane, outage: Outage, flags: NodeFlags) {
    this.name = name
    this.state = state
    this.#controlPlane = controlPlane
    this.outage = outage
    this.kubectl = new Kubectl(join(state, 'kubeconfig'))
    const root = join(state, 'node')
    this.#flags = {
      kubeconfig: join(state, 'node.kubeconfig'),
      hostnameOverride: name,
      rootDir: root,
      podLogsDir: join(root, 'logs'),
      port: '0',
      healthzPort: '0',
      cadvisorPort: '0',
      address: '127.0.0.1',
      actorThreads: '0',
      dockerEndpoint: `unix://${testDockerSocket()}`,
      ...flags,
    }
  }

  /** The API server alone; `startAgent` follows. */
  static async start(name: string, flags: (state: string) => NodeFlags = () => ({})): Promise<SeparateNode> {
    const state = await mkdtemp(join(tmpdir(), `${name}-`))
    const listen = { host: '127.0.0.1', port: 0 }
    const controlPlane = await startControlPlane({ stateDirectory: join(state, 'cp'), storage: 'memory', listen, clock: systemClock, log: silentLogger })
    const outage = await Outage.before(controlPlane.url)
    await writeFile(join(state, 'kubeconfig'), controlPlane.adminKubeconfig)
    await writeFile(join(state, 'ca.crt'), controlPlane.caPem)
    const own = (await controlPlane.nodeKubeconfig(name)).replaceAll(controlPlane.url, `https://127.0.0.1:${outage.port}`)
    await writeFile(join(state, 'node.kubeconfig'), own)
    await mkdir(join(state, 'manifests'))
    return new SeparateNode(name, state, controlPlane, outage, flags(state))
  }

  async startAgent(log: Logger = silentLogger): Promise<Agent> {
    this.#agent = await startAgent(resolveAgentConfig(this.#flags), { clock: systemClock, log })
    return this.#agent
  }

  /** Containers keep running. */
  async stopAgent(): Promise<void> {
    await this.#agent?.[Symbol.asyncDispose]()
    this.#agent = undefined
  }

  async untilNodeReady(): Promise<void> {
    const ready = ['get', 'node', this.name, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}']
    await waitUntil('the node to be Ready', async () => (await this.kubectl.run(ready)).stdout === 'True' || undefined, { timeoutMs: 30_000 })
  }

  pod(name: string): Promise<Pod> {
    return this.kubectl.json<Pod>(['get', 'pod', name])
  }

  until(name: string, what: string, holds: (pod: Pod) => boolean, timeoutMs = 40_000): Promise<Pod> {
    const look = () => this.pod(name).catch(() => undefined)
    return waitUntil(
      `pod ${name} ${what}`,
      async () => {
        const pod = await look()
        return pod && holds(pod) && pod
      },
      { timeoutMs, seen: async () => ({ pod: await look(), events: await this.events(name) }) },
    )
  }

  async events(name: string): Promise<string[]> {
    const list = await this.kubectl.json<{ items: CoreEvent[] }>(['get', 'events', '--field-selector', `involvedObject.name=${name}`])
    return list.items.map((event) => `${event.reason}: ${event.message}`)
  }

  /** Containers of a pod by its name, without the pause container; newest first. */
  async containers(pod: string, all = false): Promise<Docker.ContainerInfo[]> {
    const rows = await this.docker.listContainers({ all, filters: { label: [`io.kubernetes.pod.name=${pod}`] } })
    return rows.filter((row) => row.Labels['io.kubernetes.container.name'] !== 'POD')
  }

  untilRunning(pod: string, count = 1): Promise<true> {
    return waitUntil(`${count} running containers of ${pod}`, async () => (await this.containers(pod)).length === count || undefined, { timeoutMs: 40_000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.outage.end()
    await this.stopAgent()
    // What a failed test left: the pods of this node are told by the state directory of their mounts and names.
    const rows = await this.docker.listContainers({ all: true, filters: { label: ['io.kubernetes.pod.uid'] } })
    for (const row of rows) {
      const mine = row.Mounts.some((mount) => mount.Source?.startsWith(this.state)) || row.Labels['io.kubernetes.pod.name']?.endsWith(`-${this.name}`)
      if (!mine) continue
      const rest = rows.filter((each) => each.Labels['io.kubernetes.pod.uid'] === row.Labels['io.kubernetes.pod.uid'])
      for (const each of rest)
        await this.docker
          .getContainer(each.Id)
          .remove({ force: true })
          .catch(() => {})
    }
    await this.#controlPlane[Symbol.asyncDispose]()
    await this.outage[Symbol.asyncDispose]()
    await unmountAll(this.state, systemMounter)
    await rm(this.state, { recursive: true, force: true })
  }
}
