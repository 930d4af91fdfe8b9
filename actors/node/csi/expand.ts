import type { Clock } from '../../../src/base/clock.ts'
import { CsiError } from '../../../src/csi/call.ts'
import type { CsiPod, CsiVolume } from '../../../src/csi/volume.ts'
import { status } from '../../../src/grpc/status.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import type { ObjectReference, PersistentVolumeClaim } from '../../../src/kube/objects.ts'
import { wholeUnits } from '../../../src/kube/quantity.ts'
import { node as csi } from '../../../src/protobuf/csi.ts'
import { type CsiWatcher, callDriver } from './driver-calls.ts'
import type { CsiDriver } from './drivers.ts'
import { claimPatch, expansionOf } from './expansion.ts'
import type { Places } from './places.ts'
import { stagingOf } from './publish.ts'
import { capabilityOf, secretData } from './request.ts'

export interface ExpansionTools {
  readonly client: KubeClient
  readonly nodeName: string
  readonly clock: Pick<Clock, 'wall'>
  readonly watcher?: CsiWatcher
  readonly event: (object: ObjectReference, eventType: 'Normal' | 'Warning', reason: string, message: string) => void
}

/** After these nobody knows what the driver did; all others are its last word (kubelet: isFinalError). */
const unsettled: readonly number[] = [status.canceled, status.deadlineExceeded, status.unavailable, status.resourceExhausted, status.aborted]
/** There is no use in another try until the claim asks for another size. */
const infeasible: readonly number[] = [status.invalidArgument, status.outOfRange, status.notFound]

/** Grows file systems and devices on this node after their PersistentVolumes have grown. */
export class VolumeExpansions {
  readonly #tools: ExpansionTools
  /** By where a volume is published: what it has room for as far as this node knows. */
  readonly #knownBytes = new Map<string, number>()
  /** The driver does not expand them while they are in use: not asked again. */
  readonly #notInUse = new Set<string>()

  constructor(tools: ExpansionTools) {
    this.#tools = tools
  }

  /** The volume is published no more. */
  forget({ target }: Places): void {
    this.#knownBytes.delete(target)
    this.#notInUse.delete(target)
  }

  /** Has the driver expand a published volume if it should be larger. Throws when it refuses, or the API server does. */
  async expand(driver: CsiDriver, volume: CsiVolume, pod: CsiPod, places: Places): Promise<void> {
    const { capacity, claim: reference } = volume
    if (!capacity || !reference || this.#notInUse.has(places.target)) return
    const known = this.#knownBytes.get(places.target)
    if ((known ?? wholeUnits(reference.capacity ?? '0')) >= wholeUnits(capacity)) return this.#knows(places, capacity)
    const path = `/api/v1/namespaces/${reference.namespace}/persistentvolumeclaims/${reference.name}`
    const claim = await this.#tools.client.get<PersistentVolumeClaim>(path)
    const todo = expansionOf(claim, capacity, volume.readOnly, known)
    if (todo.kind === 'read-only') return this.#tell(volume, pod, claim, 'Warning', 'FileSystemResizeFailed', 'failed', ' requested read-only file system')
    if (todo.kind === 'none') return wholeUnits(claim.status?.capacity?.storage ?? '0') >= wholeUnits(capacity) ? this.#knows(places, capacity) : undefined
    // An older resizer asks every node, whether its driver can or not.
    if (!driver.expands && !(todo.recovers && todo.updates)) return this.#knows(places, capacity)
    const patch = (body: object) => this.#tools.client.patch<PersistentVolumeClaim>(`${path}/status`, 'application/strategic-merge-patch+json', body)
    const current = todo.recovers && todo.updates ? await patch(claimPatch.inProgress(claim)) : claim
    try {
      await this.#ask(driver, volume, pod, places, todo.size)
    } catch (cause) {
      const code = cause instanceof CsiError ? cause.code : undefined
      const why = cause instanceof Error ? cause.message : String(cause)
      const message = code === undefined ? why : `Expander.NodeExpand failed to expand the volume : ${why}`
      if (todo.recovers && (code === undefined || !unsettled.includes(code)))
        await patch(claimPatch.failed(message, code !== undefined && infeasible.includes(code), this.#tools.clock.wall()))
      if (code === status.failedPrecondition) return void this.#notInUse.add(places.target)
      throw new Error(message, { cause })
    }
    this.#tell(volume, pod, claim, 'Normal', 'FileSystemResizeSuccessful', 'succeeded')
    if (todo.updates) await patch(claimPatch.finished(current, todo.size))
    this.#knows(places, todo.size)
  }

  /** What went wrong with a volume of a pod that runs. */
  failed(volume: CsiVolume, pod: CsiPod, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.#tools.event(podReference(pod), 'Warning', 'VolumeResizeFailed', `NodeExpandVolume.NodeExpandVolume failed for volume "${volume.name}" : ${why}`)
  }

  async #ask(driver: CsiDriver, volume: CsiVolume, pod: CsiPod, places: Places, size: string): Promise<void> {
    if (!driver.expands) throw new Error(`NodeExpand is not supported by the CSI driver ${driver.name}`)
    const request = {
      volumeId: volume.volumeHandle,
      volumePath: places.target,
      capacityRange: { requiredBytes: wholeUnits(size) },
      stagingTargetPath: stagingOf(driver, volume, places),
      volumeCapability: capabilityOf(driver, volume, pod),
      secrets: await secretData(this.#tools.client, volume.expandSecret),
    }
    await callDriver(driver, csi.expand, request, this.#tools.watcher)
  }

  #knows({ target }: Places, size: string): void {
    this.#knownBytes.set(target, wholeUnits(size))
  }

  /** Both the pod and its claim are told. */
  #tell(volume: CsiVolume, pod: CsiPod, claim: PersistentVolumeClaim, type: 'Normal' | 'Warning', reason: string, how: string, why?: string): void {
    const message = `MountVolume.NodeExpandVolume ${how} for volume "${volume.name}"${why ?? ` ${this.#tools.nodeName}`}`
    const { namespace, name, uid, resourceVersion } = claim.metadata ?? {}
    this.#tools.event(podReference(pod), type, reason, message)
    this.#tools.event({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion }, type, reason, message)
  }
}

const podReference = ({ namespace, name, uid }: CsiPod): ObjectReference => ({ apiVersion: 'v1', kind: 'Pod', namespace, name, uid })
