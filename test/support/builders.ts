import type { ContainerId, ContainerState, SandboxId, SandboxState } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Container, Pod, PodSpec } from '../../src/kube/objects.ts'

class PodBuilder {
  readonly #pod: Pod

  constructor(pod: Pod) {
    this.#pod = pod
  }

  with(spec: Partial<PodSpec>): PodBuilder {
    return new PodBuilder({ ...this.#pod, spec: { containers: [], ...this.#pod.spec, ...spec } })
  }

  withContainer(container: Partial<Container> & { name: string }): PodBuilder {
    return this.with({ containers: [...(this.#pod.spec?.containers ?? []), { image: 'busybox', ...container }] })
  }

  withInit(container: Partial<Container> & { name: string }): PodBuilder {
    return this.with({ initContainers: [...(this.#pod.spec?.initContainers ?? []), { image: 'busybox', ...container }] })
  }

  withMetadata(metadata: NonNullable<Pod['metadata']>): PodBuilder {
    return new PodBuilder({ ...this.#pod, metadata: { ...this.#pod.metadata, ...metadata } })
  }

  withStatus(status: NonNullable<Pod['status']>): PodBuilder {
    return new PodBuilder({ ...this.#pod, status })
  }

  build(): Pod {
    return structuredClone(this.#pod)
  }
}

/** A pod named `p` in `default`, to be completed by `with...`. */
export const aPod = (): PodBuilder => new PodBuilder({ metadata: { name: 'p', namespace: 'default', uid: 'u-1' }, spec: { containers: [] } })

const identity = { uid: podUid('u-1'), name: 'p', namespace: 'default' }

export const aSandbox = (state: Partial<SandboxState> = {}): SandboxState => ({
  ...{ id: 's0' as SandboxId, pod: identity, attempt: 0, ready: true, createdAt: 0, ips: ['10.0.0.2'], networkMode: 'pod', pid: 1 },
  ...{ labels: {}, annotations: {} },
  ...state,
})

export const anIncarnation = (name: string, state: Partial<ContainerState> = {}): ContainerState => ({
  ...{ id: `${name}-${state.attempt ?? 0}` as ContainerId, sandboxId: 's0' as SandboxId, pod: identity, name, attempt: 0, state: 'running' },
  ...{ createdAt: 0, startedAt: 0, oomKilled: false, image: 'busybox', imageId: 'docker://sha256:1', pid: 2, labels: {}, annotations: {}, mounts: [] },
  ...{ resources: {} },
  ...state,
})
