import type { Node } from '../../src/kube/objects.ts'

/** The node as last seen on the API server (or as first computed), shared by the node-level actors. Registration and heartbeat write it. */
export class NodeView {
  node: Node | undefined
  /** Why pods get no network just now, in the kubelet's words. */
  networkProblem: string | undefined
  #hostIps: readonly string[]
  /** Why the node cannot run pods just now; empty when it can. Each names its cause. */
  readonly #problems = new Map<string, string | (() => string)>()
  readonly #listeners = new Set<() => void>()
  readonly #addressListeners = new Set<() => void>()

  constructor(hostIps: readonly string[]) {
    this.#hostIps = hostIps
  }

  get hostIps(): readonly string[] {
    return this.#hostIps
  }

  /** Tells those who listen when they are others than before. */
  set hostIps(ips: readonly string[]) {
    if (ips.join() === this.#hostIps.join()) return
    this.#hostIps = ips
    for (const listener of this.#addressListeners) listener()
  }

  /** Called when the node's addresses are others than before. Answers how to call no more. */
  onAddresses(listener: () => void): () => void {
    this.#addressListeners.add(listener)
    return () => void this.#addressListeners.delete(listener)
  }

  get problems(): readonly string[] {
    return [...this.#problems.values()].map((message) => (typeof message === 'string' ? message : message()))
  }

  hasProblem(part: string): boolean {
    return this.#problems.has(part)
  }

  /** Sets or clears (undefined) what is wrong with one part, e.g. `container runtime is down`; one whose words change with time is given as what says them. */
  setProblem(part: string, message: string | (() => string) | undefined): void {
    if (this.#problems.get(part) === message) return
    if (message === undefined) this.#problems.delete(part)
    else this.#problems.set(part, message)
    this.changed()
  }

  /** Something that the node's conditions tell is different now. */
  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Called when the node's conditions changed: they are reported at once. Answers how to call no more. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
