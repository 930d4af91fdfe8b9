import { containers } from '../../src/protobuf/cri/container.ts'
import { images } from '../../src/protobuf/cri/image.ts'
import { runtime } from '../../src/protobuf/cri/runtime.ts'
import { sandboxes } from '../../src/protobuf/cri/sandbox.ts'
import type { Given, Taken } from '../../src/protobuf/table.ts'
import { FakeRuntime } from './fake-runtime.ts'

type RunRequest = Taken<(typeof sandboxes.run)['request']>
type CreateRequest = Taken<(typeof containers.create)['request']>

/** A runtime of CRI that remembers what it is asked to run and runs nothing: it can all that it is said to, and what it was asked for can be looked at. */
export class FakePods implements AsyncDisposable {
  readonly fake: FakeRuntime
  readonly sandboxes = new Map<string, { readonly request: RunRequest; state: number }>()
  readonly containers = new Map<string, { readonly request: CreateRequest; state: number; startedAt: bigint; finishedAt: bigint }>()
  readonly images = new Set<string>()
  readonly checkpoints: string[] = []
  networkReady = true
  #next = 1

  private constructor(fake: FakeRuntime) {
    this.fake = fake
  }

  static async start(handlers: Given<(typeof runtime.status)['response']>['runtimeHandlers'], version = 'v2.1.0'): Promise<FakePods> {
    const pods = new FakePods(await FakeRuntime.make())
    const { fake } = pods
    fake
      .on(runtime.version, () => ({ runtimeName: 'containerd', runtimeVersion: version }))
      .on(runtime.status, () => ({
        status: {
          conditions: [
            { type: 'RuntimeReady', status: true },
            { type: 'NetworkReady', status: pods.networkReady, reason: 'NetworkPluginNotReady', message: 'cni plugin not initialized' },
          ],
        },
        runtimeHandlers: handlers,
        features: { supplementalGroupsPolicy: true },
      }))
      .on(images.filesystems, () => ({ imageFilesystems: [{ fsId: { mountpoint: '/' } }] }))
    pods.#serveSandboxes()
    pods.#serveContainers()
    pods.#serveImages()
    await fake.start()
    return pods
  }

  /** What the newest container of a pod was asked for. */
  containerOf(pod: string): CreateRequest['config'] {
    return [...this.containers.values()].findLast(({ request }) => request.sandboxConfig?.metadata?.name === pod)?.request.config
  }

  sandboxOf(pod: string): RunRequest['config'] {
    return [...this.sandboxes.values()].findLast(({ request }) => request.config?.metadata?.name === pod)?.request.config
  }

  /** The pod's containers end by themselves. */
  end(pod: string): void {
    for (const container of this.containers.values())
      if (container.request.sandboxConfig?.metadata?.name === pod) Object.assign(container, { state: 2, finishedAt: now() })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fake[Symbol.asyncDispose]()
  }

  #serveSandboxes(): void {
    const told = ([id, { request, state }]: [string, { readonly request: RunRequest; state: number }]) => {
      const { metadata, labels, annotations } = request.config ?? {}
      return { id, metadata, state, createdAt: 1n, labels, annotations }
    }
    this.fake
      .on(sandboxes.run, (request) => {
        const id = `s${this.#next++}`
        this.sandboxes.set(id, { request, state: 0 })
        return { podSandboxId: id }
      })
      .on(sandboxes.status, ({ podSandboxId }) => {
        const sandbox = this.sandboxes.get(podSandboxId)
        return sandbox ? { status: { ...told([podSandboxId, sandbox]), network: { ip: '10.99.0.1' } } } : {}
      })
      .on(sandboxes.list, () => ({ items: [...this.sandboxes].map(told) }))
      .on(sandboxes.stop, ({ podSandboxId }) => {
        const sandbox = this.sandboxes.get(podSandboxId)
        if (sandbox) sandbox.state = 1
        return {}
      })
      .on(sandboxes.remove, ({ podSandboxId }) => {
        this.sandboxes.delete(podSandboxId)
        return {}
      })
  }

  #serveContainers(): void {
    this.fake
      .on(containers.create, (request) => {
        const id = `c${this.#next++}`
        this.containers.set(id, { request, state: 0, startedAt: 0n, finishedAt: 0n })
        return { containerId: id }
      })
      .on(containers.start, ({ containerId }) => {
        Object.assign(this.containers.get(containerId) ?? {}, { state: 1, startedAt: now() })
        return {}
      })
      .on(containers.stop, ({ containerId }) => {
        Object.assign(this.containers.get(containerId) ?? {}, { state: 2, finishedAt: now() })
        return {}
      })
      .on(containers.remove, ({ containerId }) => {
        this.containers.delete(containerId)
        return {}
      })
      .on(containers.list, () => ({
        containers: [...this.containers].map(([id, { request, state }]) => {
          const { metadata, labels, annotations } = request.config ?? {}
          return { id, podSandboxId: request.podSandboxId, metadata, state, createdAt: 1n, labels, annotations }
        }),
      }))
      .on(containers.status, ({ containerId }) => {
        const container = this.containers.get(containerId)
        if (!container) return {}
        const { request, ...times } = container
        const { metadata, labels, annotations, image, mounts } = request.config ?? {}
        return {
          status: {
            id: containerId,
            metadata,
            labels,
            annotations,
            image,
            imageRef: image?.image,
            mounts,
            createdAt: 1n,
            ...times,
            user: { linux: { uid: 1000, gid: 1000 } },
          },
          info: { info: JSON.stringify({ sandboxID: request.podSandboxId, pid: 0 }) },
        }
      })
      .on(containers.checkpoint, ({ location }) => {
        this.checkpoints.push(location)
        return {}
      })
  }

  #serveImages(): void {
    const idOf = (name: string) => (name.startsWith('sha256:') ? name : `sha256:${name}`)
    this.fake
      .on(images.status, ({ image }) => {
        const name = image?.image ?? ''
        return this.images.has(idOf(name)) ? { image: { id: idOf(name), repoTags: [name], size: 1 } } : {}
      })
      .on(images.pull, ({ image }) => {
        this.images.add(idOf(image?.image ?? ''))
        return { imageRef: idOf(image?.image ?? '') }
      })
      .on(images.list, () => ({ images: [...this.images].map((id) => ({ id, size: 1 })) }))
  }
}

const now = () => BigInt(Date.now()) * 1_000_000n
