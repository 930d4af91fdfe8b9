import { isDeepStrictEqual } from 'node:util'
import { own } from '../../../src/base/own.ts'
import type { PodUid } from '../../../src/kube/ids.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import { amountsOf, podRequests } from '../../../src/kube/pod-requests.ts'
import { allocatedPod } from '../../pod/allocated-pod.ts'
import type { HeldResize } from '../../pod/messages.ts'
import { Occupancy } from './occupancy.ts'
import { shortages } from './resource-fit.ts'

type Resources = HeldResize['resources']

/**
 * What pods have of the node. A pod that is resized in place (KEP-1287, behind InPlacePodVerticalScaling in 1.32) asks anew: until there is room it keeps, and counts
 * with, what it was given before. Others have what their spec asks for.
 */
export class Allocations {
  readonly occupancy = new Occupancy()
  readonly #node: () => Node | undefined
  readonly #before: ReadonlyMap<PodUid, Resources>
  readonly #given = new Map<PodUid, Resources>()
  readonly #held = new Map<PodUid, HeldResize>()

  /** `before`: what a kubelet gave pods that it left here. */
  constructor(node: () => Node | undefined, before: ReadonlyMap<PodUid, Resources> = new Map()) {
    this.#node = node
    this.#before = before
  }

  /** Takes in an admitted pod or its newer version. Throws, and holds nothing of it, when its requests cannot be read. */
  set(uid: PodUid, pod: Pod): void {
    if (!isResizable(pod)) return this.occupancy.set(uid, pod)
    const asked = resourcesOf(pod)
    const given = this.#given.get(uid) ?? fromBefore(pod, this.#before.get(uid)) ?? reported(pod) ?? asked
    const status = isDeepStrictEqual(asked, given) ? undefined : this.#obstacle(uid, pod)
    const now = status ? given : asked
    this.#given.set(uid, now)
    if (status) this.#held.set(uid, { status, resources: now })
    else this.#held.delete(uid)
    this.occupancy.set(uid, allocatedPod(pod, now))
  }

  delete(uid: PodUid): void {
    this.occupancy.delete(uid)
    this.#given.delete(uid)
    this.#held.delete(uid)
  }

  /** What keeps a resize back, and what the pod has meanwhile. */
  heldOf(uid: PodUid): HeldResize | undefined {
    return this.#held.get(uid)
  }

  /** Those that wait for room, the longest first. What is infeasible now may not be when the node has grown. */
  waiting(): readonly PodUid[] {
    return [...this.#held.keys()]
  }

  /** kubelet 1.32, canResizePod: what the node could never give is infeasible; else the pod is as one that seeks admission. */
  #obstacle(uid: PodUid, pod: Pod): HeldResize['status'] | undefined {
    const node = this.#node()
    if (!node) return undefined
    const allocatable = amountsOf(node.status?.allocatable)
    const requests = podRequests(pod)
    if (['cpu', 'memory'].some((name) => (requests.get(name) ?? 0) > (allocatable.get(name) ?? 0))) return 'Infeasible'
    const own = this.occupancy.get(uid)
    this.occupancy.delete(uid)
    const lacking = shortages(pod, this.occupancy, allocatable)
    if (own) this.occupancy.set(uid, own)
    return lacking.length > 0 ? 'Deferred' : undefined
  }
}

/** An API server that serves resizes gives every container a policy. */
const isResizable = (pod: Pod): boolean => pod.spec?.containers.some(({ resizePolicy }) => resizePolicy !== undefined) ?? false

const resourcesOf = (pod: Pod): Resources => Object.fromEntries((pod.spec?.containers ?? []).map(({ name, resources = {} }) => [name, resources]))

/** What a kubelet gave each of its containers; none of a pod whose containers it knew otherwise. */
function fromBefore({ spec }: Pod, before: Resources | undefined): Resources | undefined {
  const given = (spec?.containers ?? []).map(({ name }) => [name, before && own(before, name)] as const)
  return given.every(([, resources]) => resources !== undefined) ? (Object.fromEntries(given) as Resources) : undefined
}

/** After an agent restart: what a pod had by its own report. */
function reported({ spec, status }: Pod): Resources | undefined {
  const given = (spec?.containers ?? []).map(({ name }) => [name, status?.containerStatuses?.find((each) => each.name === name)?.resources] as const)
  return given.every(([, resources]) => resources !== undefined) ? (Object.fromEntries(given) as Resources) : undefined
}
