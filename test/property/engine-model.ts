import type { ContainerId, ContainerState, PodState, SandboxId, SandboxState } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import { anIncarnation, aSandbox } from '../support/builders.ts'

/** An engine of two lists: what it is told it does at once; what goes wrong, the test decides. Times in wall-clock milliseconds. */
export class EngineModel {
  sandboxes: SandboxState[] = []
  containers: ContainerState[] = []
  #next = 0

  get state(): PodState {
    return { sandboxes: this.sandboxes, containers: this.containers }
  }

  runSandbox(attempt: number, now: number, withAddress: boolean): void {
    const id = `sandbox-${this.#next++}` as SandboxId
    this.sandboxes.push(aSandbox({ id, attempt, createdAt: now, ips: withAddress ? ['10.0.0.2'] : [] }))
  }

  /** Its containers end with it. */
  stopSandbox(id: SandboxId, now: number): void {
    this.sandboxes = this.sandboxes.map((each) => (each.id === id ? { ...each, ready: false, ips: [] } : each))
    for (const container of this.containers) if (container.sandboxId === id) this.end(container.id, 137, now)
  }

  removeSandbox(id: SandboxId): void {
    this.sandboxes = this.sandboxes.filter((each) => each.id !== id)
    this.containers = this.containers.filter((each) => each.sandboxId !== id)
  }

  /** Creates it, or takes the one of that attempt which was only created, and starts it unless `starts` is false. */
  start(name: string, attempt: number, sandboxId: SandboxId, annotations: Record<string, string>, now: number, starts: boolean): ContainerState {
    const made = this.containers.find((each) => each.name === name && each.attempt === attempt)
    const container: ContainerState =
      made ??
      anIncarnation(name, {
        ...{ id: `${name}-${attempt}-${this.#next++}` as ContainerId, sandboxId, attempt, annotations },
        ...{ state: 'created', createdAt: now, startedAt: undefined, pod: { uid: podUid('u-1'), name: 'p', namespace: 'default' } },
      })
    if (!made) this.containers.push(container)
    if (starts) this.#replace(container.id, { state: 'running', startedAt: now })
    return container
  }

  /** Running and unknown ones end; others are as they are. */
  end(id: ContainerId, exitCode: number, now: number): void {
    const container = this.containers.find((each) => each.id === id)
    if (container?.state === 'running' || container?.state === 'unknown') this.#replace(id, { state: 'exited', exitCode, finishedAt: now, pid: 0 })
  }

  /** The engine does not know any more what it is. */
  lose(id: ContainerId): void {
    this.#replace(id, { state: 'unknown' })
  }

  remove(id: ContainerId): void {
    this.containers = this.containers.filter((each) => each.id !== id)
  }

  #replace(id: ContainerId, change: Partial<ContainerState>): void {
    this.containers = this.containers.map((each) => (each.id === id ? { ...each, ...change } : each))
  }
}
