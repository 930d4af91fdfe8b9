import { attachmentName, inUseName } from '../../../csi/volume-names.ts'
import type { Node, PersistentVolume, Pod } from '../../../kube/objects.ts'
import type { VolumeAttachment } from '../../apiserver/kinds/storage/volume-attachments.ts'
import { readyCondition } from '../runtime/node-state.ts'

/** What there is of one volume. */
export interface AttachmentView {
  readonly volume: PersistentVolume
  /** The pods that need it, by the node that they are on. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>
  /** All of the volume. */
  readonly attachments: readonly VolumeAttachment[]
  node(name: string): Node | undefined
  /** Since when no pod of the node needs it (ms since the epoch), by node. */
  readonly unneededSince: ReadonlyMap<string, number>
}

/** A pod that cannot have the volume on its node, and why. */
export interface AttachmentEvent {
  readonly pod: Pod
  readonly message: string
}

export interface AttachmentPlan {
  /** Names of nodes. */
  readonly attach: readonly string[]
  /** Reported as attached no more, then detached. */
  readonly detach: readonly VolumeAttachment[]
  readonly events: readonly AttachmentEvent[]
  /** When to look again unasked. */
  readonly nextAt?: number
}

/** kube-controller-manager's maxWaitForUnmountDuration: so long a node that is not healthy is waited for. */
export const unmountWaitMs = 6 * 60_000
/** csiTimeout of the attacher. */
export const attachWaitMs = 2 * 60_000

const outOfService = 'node.kubernetes.io/out-of-service'
const managed = 'volumes.kubernetes.io/controller-managed-attach-detach'

/** Whether this controller attaches on the node, as its kubelet asks for; else the kubelet does. */
export const isManaged = ({ metadata }: Node): boolean => metadata?.annotations?.[managed] !== undefined

/** kube-controller-manager's reconciler, for one volume: where it is to be attached, and where no more. */
export function planAttachments(view: AttachmentView, now: number): AttachmentPlan {
  const { volume, pods, attachments } = view
  const { driver = '', volumeHandle = '' } = volume.spec?.csi ?? {}
  const on = new Map(attachments.map((each) => [each.spec?.nodeName ?? '', each]))
  const detach: VolumeAttachment[] = []
  let nextAt: number | undefined
  const wait = (until: number) => {
    nextAt = Math.min(nextAt ?? until, until)
  }
  for (const attachment of attachments) {
    const name = attachment.spec?.nodeName ?? ''
    if (pods.has(name) || attachment.metadata?.deletionTimestamp) continue
    // Another's, whatever it is for.
    if (attachment.metadata?.name !== attachmentName(driver, volumeHandle, name)) continue
    const node = view.node(name)
    const until = (view.unneededSince.get(name) ?? now) + unmountWaitMs
    if (isLeft(node, inUseName(driver, volumeHandle)) || (now >= until && readyCondition(node ?? {})?.status !== 'True')) detach.push(attachment)
    else if (now < until) wait(until)
  }
  const attach: string[] = []
  const events: AttachmentEvent[] = []
  for (const [name, wanting] of pods) {
    const attachment = on.get(name)
    if (!attachment) {
      const node = view.node(name)
      if (!node || !isManaged(node)) continue
      const others = [...on.keys(), ...attach]
      if (isExclusive(volume) && others.length > 0) events.push(...multiAttach(volume, wanting, others, pods))
      else attach.push(name)
    } else if (!attachment.status?.attached && !attachment.metadata?.deletionTimestamp) {
      const until = Date.parse(String(attachment.metadata?.creationTimestamp ?? '')) + attachWaitMs
      const { message } = attachment.status?.attachError ?? {}
      const why = message ?? (now >= until ? `timed out waiting for external-attacher of ${driver} CSI driver to attach volume ${volumeHandle}` : undefined)
      if (why !== undefined)
        events.push(...wanting.map((pod) => ({ pod, message: `AttachVolume.Attach failed for volume ${JSON.stringify(nameOf(volume))} : ${why}` })))
      else wait(until)
    }
  }
  return { attach, detach, events, ...(nextAt !== undefined && { nextAt }) }
}

/** Whether the node has let go of the volume, or can use it no more. */
function isLeft(node: Node | undefined, volume: string): boolean {
  if (!node) return false
  if (node.spec?.taints?.some(({ key }) => key === outOfService)) return true
  return !node.status?.volumesInUse?.includes(volume)
}

/** Whether only one node may have it. A volume that says nothing of it is not held back. */
function isExclusive({ spec }: PersistentVolume): boolean {
  const modes = spec?.accessModes ?? []
  return modes.length > 0 && !modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')
}

const nameOf = ({ metadata }: PersistentVolume | Pod) => metadata?.name ?? ''

/** The names of pods of other namespaces are none of a pod's user's affair. */
function multiAttach(volume: PersistentVolume, wanting: readonly Pod[], others: readonly string[], pods: AttachmentView['pods']): readonly AttachmentEvent[] {
  const users = others.flatMap((name) => pods.get(name) ?? [])
  return wanting.map((pod) => {
    const local = users.filter(({ metadata }) => metadata?.namespace === pod.metadata?.namespace).map(nameOf)
    const foreign = users.length - local.length
    const elsewhere = `${foreign} pod(s) in different namespaces`
    const used = [...(local.length > 0 ? [`pod(s) ${local.join(', ')}`] : []), ...(foreign > 0 ? [elsewhere] : [])].join(' and ')
    const why = used === '' ? "Volume is already exclusively attached to one node and can't be attached to another" : `Volume is already used by ${used}`
    return { pod, message: `Multi-Attach error for volume ${JSON.stringify(nameOf(volume))} ${why}` }
  })
}

/** What the node's status is to say of the volumes that are attached to it; those that are about to be detached are not among them. */
export function attachedVolumes(
  attachments: Iterable<VolumeAttachment>,
  detaching: ReadonlySet<string>,
  volumeOf: (name: string) => PersistentVolume | undefined,
): readonly { readonly name: string; readonly devicePath: string }[] {
  const names = new Set<string>()
  for (const { metadata, spec, status } of attachments) {
    const csi = volumeOf(spec?.source?.persistentVolumeName ?? '')?.spec?.csi
    if (csi && status?.attached && !metadata?.deletionTimestamp && !detaching.has(metadata?.name ?? '')) names.add(inUseName(csi.driver, csi.volumeHandle))
  }
  return [...names].sort().map((name) => ({ name, devicePath: '' }))
}
