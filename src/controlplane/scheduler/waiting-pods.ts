import { writeJson } from '../../json/exact.ts'
import { hostPorts } from '../../kube/host-ports.ts'
import type { Pod } from '../../kube/objects.ts'
import { podRequests } from '../../kube/pod-requests.ts'

/**
 * Pods without a node. Those that found none are parked by what they ask for: pods of one class fit or do not fit alike, so after a
 * change one of each class is tried, however many there are.
 */
export class WaitingPods {
  readonly #fresh = new Map<string, Pod>()
  readonly #parked = new Map<string, Map<string, Pod>>()
  readonly #classOf = new Map<string, string>()
  #reconsidered = false

  /** A pod that is new or has changed. One that asks for the same as before stays where it is. */
  put(key: string, pod: Pod): void {
    const before = this.#classOf.get(key)
    if (before !== undefined && before === classOf(pod)) this.#parked.get(before)?.set(key, pod)
    else {
      this.remove(key)
      this.#fresh.set(key, pod)
    }
  }

  remove(key: string): void {
    this.#fresh.delete(key)
    const at = this.#classOf.get(key)
    if (at === undefined) return
    this.#classOf.delete(key)
    const pods = this.#parked.get(at)
    pods?.delete(key)
    if (pods?.size === 0) this.#parked.delete(at)
  }

  /** It fits nowhere for now. */
  park(key: string, pod: Pod): void {
    const at = classOf(pod)
    // Who is parked already keeps its turn.
    if (this.#classOf.get(key) !== at) this.remove(key)
    this.#fresh.delete(key)
    this.#classOf.set(key, at)
    const pods = this.#parked.get(at) ?? new Map<string, Pod>()
    this.#parked.set(at, pods.set(key, pod))
  }

  /** A node has changed or has more room: what is parked may fit now. */
  reconsider(): void {
    this.#reconsidered ||= this.#parked.size > 0
  }

  get pending(): boolean {
    return this.#fresh.size > 0 || this.#reconsidered
  }

  /** Lets `place` (which removes or parks the pod) try what is pending, longest waiting first; it answers whether the pod found a node. */
  async each(place: (key: string, pod: Pod) => Promise<boolean>): Promise<void> {
    if (this.#reconsidered) {
      this.#reconsidered = false
      for (const pods of [...this.#parked.values()]) for (const [key, pod] of [...pods]) if (!(await place(key, pod))) break
    }
    for (const [key, pod] of [...this.#fresh]) if (this.#fresh.has(key)) await place(key, pod)
  }
}

/** Everything of a pod that the choice of its node depends on. */
function classOf(pod: Pod): string {
  const { nodeSelector, tolerations, affinity } = pod.spec ?? {}
  return writeJson([[...podRequests(pod)].sort(), hostPorts(pod), nodeSelector, tolerations, affinity?.nodeAffinity])
}
