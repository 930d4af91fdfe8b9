import { type HostPort, hostPorts } from '../../../src/kube/host-ports.ts'
import type { PodUid } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { type Amounts, add, podRequests } from '../../../src/kube/pod-requests.ts'

/** The pods that a new one must find room beside, summed up as they come and go: a sum over all at each admission would grow with the square of their number. */
export class Occupancy {
  readonly #pods = new Map<PodUid, Pod>()
  readonly #used: Amounts = new Map()
  readonly #ports = new Map<PodUid, readonly HostPort[]>()

  /** Pods admitted and not ended. */
  get count(): number {
    return this.#pods.size
  }

  /** What they ask for together. */
  get used(): ReadonlyMap<string, number> {
    return this.#used
  }

  /** The node's ports that they have. */
  get ports(): readonly HostPort[] {
    return this.#ports.size === 0 ? [] : [...this.#ports.values()].flat()
  }

  get(uid: PodUid): Pod | undefined {
    return this.#pods.get(uid)
  }

  pods(): readonly Pod[] {
    return [...this.#pods.values()]
  }

  /** Takes a pod in or its newer version; one that has ended holds nothing any more. Throws, and holds nothing of it, when its requests cannot be read. */
  set(uid: PodUid, pod: Pod): void {
    const before = this.#pods.get(uid)
    const ended = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
    if (before && !ended && before.spec === pod.spec) {
      this.#pods.set(uid, pod)
      return
    }
    this.delete(uid)
    if (ended) return
    const requests = podRequests(pod)
    const ports = hostPorts(pod)
    add(this.#used, requests)
    if (ports.length > 0) this.#ports.set(uid, ports)
    this.#pods.set(uid, pod)
  }

  delete(uid: PodUid): void {
    const pod = this.#pods.get(uid)
    if (!pod) return
    this.#pods.delete(uid)
    this.#ports.delete(uid)
    for (const [resource, amount] of podRequests(pod)) this.#used.set(resource, (this.#used.get(resource) ?? 0) - amount)
  }
}
