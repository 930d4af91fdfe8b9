import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Container, ContainerStatus, CoreEvent, Pod, PodSpec } from '../../src/kube/objects.ts'
import { busyboxImage } from './images.ts'
import type { Kubectl } from './kubectl.ts'
import { type NodeRuntime, nodeRuntime, type RuntimeRow, stopRuntime } from './node-runtime.ts'
import { type Podsteward, startUp } from './podsteward.ts'
import { waitUntil } from './wait-until.ts'

/** A container to be written down shortly: the image is busybox unless said otherwise. */
export type ShortContainer = Partial<Container> & { readonly name?: string }
/** A pod's spec written down shortly: the grace is one second unless said otherwise. */
export type ShortSpec = Omit<Partial<PodSpec>, 'containers' | 'initContainers'> & {
  readonly containers?: readonly ShortContainer[]
  readonly initContainers?: readonly ShortContainer[]
}

export interface Ran {
  readonly code: number
  /** stdout and stderr. */
  readonly output: string
}

/** `podsteward up` on the test engine with kubectl and the engine at hand; disposal deletes its pods, stops it and removes its state. */
export class LiveNode implements AsyncDisposable {
  readonly runtime: NodeRuntime
  readonly state: string
  readonly #extra: readonly string[]
  podsteward: Podsteward
  kubectl: Kubectl

  private constructor(runtime: NodeRuntime, state: string, podsteward: Podsteward, kubectl: Kubectl, extra: readonly string[]) {
    this.runtime = runtime
    this.#extra = extra
    this.state = state
    this.podsteward = podsteward
    this.kubectl = kubectl
  }

  /** Kills the agent and its API server without a word, and starts them again on the same state. */
  async restart(): Promise<void> {
    this.podsteward.process.kill('SIGKILL')
    await waitUntil('its end', () => this.podsteward.exitCode !== undefined)
    ;({ podsteward: this.podsteward, kubectl: this.kubectl } = await startUp(this.state, [...this.runtime.flags, ...this.#extra]))
  }

  static async start(...extra: string[]): Promise<LiveNode> {
    const runtime = await nodeRuntime()
    const state = await mkdtemp(join(tmpdir(), 'live-node-'))
    const { podsteward, kubectl } = await startUp(state, [...runtime.flags, ...extra])
    return new LiveNode(runtime, state, podsteward, kubectl, extra)
  }

  /** Applies any objects through kubectl. */
  apply(...objects: readonly object[]): Promise<string> {
    return this.kubectl.apply(objects.map((each) => JSON.stringify(each)).join('\n'))
  }

  /** Applies a pod; does not wait for it. */
  async run(name: string, spec: ShortSpec, metadata: Pod['metadata'] = {}): Promise<void> {
    await this.apply(podManifest(name, spec, metadata))
  }

  /** Applies a pod and waits until it is Ready. */
  async ready(name: string, spec: ShortSpec, metadata: Pod['metadata'] = {}): Promise<Pod> {
    await this.run(name, spec, metadata)
    return this.until(name, 'to be Ready', (pod) => condition(pod, 'Ready')?.status === 'True')
  }

  /** Applies a pod and waits until it Succeeded or Failed. */
  async ended(name: string, spec: ShortSpec, metadata: Pod['metadata'] = {}): Promise<Pod> {
    await this.run(name, { restartPolicy: 'Never', ...spec }, metadata)
    return this.until(name, 'to end', (pod) => ['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''))
  }

  pod(name: string): Promise<Pod> {
    return this.kubectl.json<Pod>(['get', 'pod', name])
  }

  /** Waits for a state of the pod; fails with the last status and the events. */
  until(name: string, what: string, holds: (pod: Pod) => boolean, timeoutMs = 40_000): Promise<Pod> {
    return waitUntil(
      `pod ${name} ${what}`,
      async () => {
        const pod = await this.pod(name)
        return holds(pod) && pod
      },
      { timeoutMs, seen: async () => ({ status: (await this.pod(name)).status, events: await this.events(name) }) },
    )
  }

  /** `Reason: message` of each event of the object. */
  async events(name: string): Promise<string[]> {
    const list = await this.kubectl.json<{ items: CoreEvent[] }>(['get', 'events', '--field-selector', `involvedObject.name=${name}`])
    return list.items.map((event) => `${event.reason}: ${event.message}`)
  }

  untilEvent(name: string, pattern: RegExp, timeoutMs = 30_000): Promise<true> {
    const probe = async () => (await this.events(name)).some((line) => pattern.test(line)) || undefined
    return waitUntil(`an event ${pattern} of ${name}`, probe, { timeoutMs, seen: () => this.events(name) })
  }

  /** All containers of a pod on the engine, the sandbox too, newest first. */
  containers(pod: string): Promise<readonly RuntimeRow[]> {
    return this.runtime.rows(pod)
  }

  /** The newest container of that name; the sandbox's is POD. */
  async container(pod: string, container = 'c'): Promise<RuntimeRow> {
    const row = (await this.containers(pod)).find((each) => each.name === container)
    if (!row) throw new Error(`no container ${container} of ${pod} on the engine`)
    return row
  }

  /** What the newest container of that name wrote. */
  async logs(pod: string, container = 'c'): Promise<string> {
    return this.runtime.logs((await this.container(pod, container)).id)
  }

  /** Runs a shell script in the container. */
  async sh(pod: string, script: string, container = 'c'): Promise<Ran> {
    const { code, output } = await this.runtime.exec((await this.container(pod, container)).id, ['sh', '-c', script])
    return { code, output: output.trim() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.kubectl.run(['delete', 'pods', '--all', '--wait', '--timeout=60s', '--grace-period=1'])
      // Pods that had ended are gone from the API at once, and from the node a little later.
      const left = () => readdir(join(this.state, 'node/pods'))
      await waitUntil('no pod to be left on the node', async () => (await left()).length === 0, { seen: left })
    } finally {
      await this.podsteward.stop()
      await stopRuntime()
    }
    await rm(this.state, { recursive: true, force: true })
  }
}

export const condition = (pod: Pod, type: string) => pod.status?.conditions?.find((each) => each.type === type)

export function statusOf(pod: Pod, container = 'c'): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  return [...containerStatuses, ...initContainerStatuses].find((each) => each.name === container)
}

/** Sleeps until it is told to end, and then ends at once. */
export const idle = ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 1 & wait $!; done']

export function podManifest(name: string, { containers = [{}], initContainers, ...spec }: ShortSpec, metadata: Pod['metadata'] = {}): Pod {
  const complete = (container: ShortContainer): Container => ({ name: 'c', image: busyboxImage, ...container })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: {
      terminationGracePeriodSeconds: 1,
      ...spec,
      containers: containers.map((container) => complete({ ...(container.command || container.args ? {} : { command: idle }), ...container })),
      ...(initContainers && { initContainers: initContainers.map(complete) }),
    },
  }
}
