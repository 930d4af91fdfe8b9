import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import Docker from 'dockerode'
import type { Container, ContainerStatus, CoreEvent, Pod, PodSpec } from '../../src/kube/objects.ts'
import { busyboxImage } from './images.ts'
import type { Kubectl } from './kubectl.ts'
import { type Podsteward, startUp } from './podsteward.ts'
import { testDockerSocket } from './test-docker.ts'
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

/** `podsteward up` on the test engine with kubectl and Docker at hand; disposal deletes its pods, stops it and removes its state. */
export class LiveNode implements AsyncDisposable {
  readonly docker = new Docker({ socketPath: testDockerSocket() })
  readonly state: string
  readonly #extra: readonly string[]
  podsteward: Podsteward
  kubectl: Kubectl

  private constructor(state: string, podsteward: Podsteward, kubectl: Kubectl, extra: readonly string[]) {
    this.#extra = extra
    this.state = state
    this.podsteward = podsteward
    this.kubectl = kubectl
  }

  /** Kills the agent and its API server without a word, and starts them again on the same state. */
  async restart(): Promise<void> {
    this.podsteward.process.kill('SIGKILL')
    await waitUntil('its end', () => this.podsteward.exitCode !== undefined)
    ;({ podsteward: this.podsteward, kubectl: this.kubectl } = await startUp(this.state, this.#extra))
  }

  static async start(...extra: string[]): Promise<LiveNode> {
    const state = await mkdtemp(join(tmpdir(), 'live-node-'))
    const { podsteward, kubectl } = await startUp(state, extra)
    return new LiveNode(state, podsteward, kubectl, extra)
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

  /** All containers of a pod in Docker, the pause container too, newest first. */
  containers(pod: string): Promise<Docker.ContainerInfo[]> {
    return this.docker.listContainers({ all: true, filters: { label: [`io.kubernetes.pod.name=${pod}`] } })
  }

  /** The newest container of that name. */
  async container(pod: string, container = 'c'): Promise<Docker.Container> {
    const row = (await this.containers(pod)).find((each) => each.Labels['io.kubernetes.container.name'] === container)
    if (!row) throw new Error(`no container ${container} of ${pod} in Docker`)
    return this.docker.getContainer(row.Id)
  }

  /** What the newest container of that name wrote. */
  async logs(pod: string, container = 'c'): Promise<string> {
    const { docker } = this
    const out = new PassThrough()
    const chunks: Buffer[] = []
    out.on('data', (chunk: Buffer) => chunks.push(chunk))
    const logs = await (await this.container(pod, container)).logs({ stdout: true, stderr: true, follow: true })
    docker.modem.demuxStream(logs, out, out)
    await new Promise((resolve) => logs.once('end', resolve))
    return Buffer.concat(chunks).toString()
  }

  /** Runs a shell script in the container. */
  async sh(pod: string, script: string, container = 'c'): Promise<Ran> {
    const exec = await (await this.container(pod, container)).exec({ Cmd: ['sh', '-c', script], AttachStdout: true, AttachStderr: true })
    const stream = await exec.start({ hijack: true, stdin: false })
    const out = new PassThrough()
    const chunks: Buffer[] = []
    out.on('data', (chunk: Buffer) => chunks.push(chunk))
    this.docker.modem.demuxStream(stream, out, out)
    await new Promise((resolve) => stream.once('end', resolve))
    return { code: (await exec.inspect()).ExitCode ?? -1, output: Buffer.concat(chunks).toString().trim() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.kubectl.run(['delete', 'pods', '--all', '--wait', '--timeout=60s', '--grace-period=1'])
      // Pods that had ended are gone from the API at once, and from the node a little later.
      const left = () => readdir(join(this.state, 'node/pods'))
      await waitUntil('no pod to be left on the node', async () => (await left()).length === 0, { seen: left })
    } finally {
      await this.podsteward.stop()
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
