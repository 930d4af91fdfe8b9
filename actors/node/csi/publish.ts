import { rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Logger } from '../../../src/base/log.ts'
import { makeDirectory } from '../../../src/base/make-directory.ts'
import { CsiError } from '../../../src/csi/call.ts'
import type { CsiPod, CsiVolume } from '../../../src/csi/volume.ts'
import { attachmentName, inUseName } from '../../../src/csi/volume-names.ts'
import type { KubeClient } from '../../../src/kube/client.ts'
import type { KubeObject } from '../../../src/kube/objects.ts'
import { node as csi } from '../../../src/protobuf/csi.ts'
import { applyFsGroup, changePolicy } from '../../../src/volumes/ownership.ts'
import type { applyFsGroupApart } from '../../../src/volumes/ownership-apart.ts'
import type { Mounter } from '../../../src/volumes/volume.ts'
import { type CsiWatcher, callDriver, undoing } from './driver-calls.ts'
import type { CsiDriver } from './drivers.ts'
import type { Places } from './places.ts'
import { isThere, isUsed, type PublishedVolume, readData, removeData, wasWritten, writeData } from './published.ts'
import { ask, type CsiDriverObject, capabilityOf, driverObject, secretData, volumeContext } from './request.ts'

export interface CsiTools {
  readonly client: KubeClient
  readonly mounter: Mounter
  readonly nodeName: string
  readonly rootDirectory: string
  /** `kubernetes.io/csi/<driver>^<handle>` of what pods of this node have: what the control plane must not detach. */
  readonly inUse: Set<string>
  /** Whether the node's status, as the API server has it, says so of one of them; yes unless said. */
  readonly isReported?: (name: string) => boolean
  /** What is in use has changed: the node's status is to say so soon. */
  readonly report?: () => void
  readonly log: Logger
  readonly watcher?: CsiWatcher
  /** Gives a volume to a group; default on this thread. */
  readonly give?: typeof applyFsGroupApart
}

interface VolumeAttachment extends KubeObject {
  status?: { attached?: boolean; attachmentMetadata?: Record<string, string> }
}

/** The driver would not stage it, which is not the pod's own affair. */
export class StageError extends Error {
  override readonly name = 'StageError'
}

/** The control plane has not attached it yet, or has not said so. */
export class NotAttachedError extends Error {
  override readonly name = 'NotAttachedError'
}

/** Attaches (waits for it), stages and publishes a volume for a pod, as the kubelet's csi plugin does. Idempotent. */
export async function publishVolume(driver: CsiDriver, volume: CsiVolume, pod: CsiPod, places: Places, tools: CsiTools): Promise<void> {
  if (await isPublished(volume, places, tools.mounter)) {
    // A file that was damaged is made anew while what it said is known.
    const data = volume.block ? places.stagingData : places.mark
    if (!(await readData(data, tools.log))) await writeData(data, volume)
    return
  }
  const object = await driverObject(tools.client, driver.name)
  checkLifecycle(volume, driver, object)
  const publishContext = await attachment(driver, volume, object, tools)
  const staging = stagingOf(driver, volume, places)
  if (staging !== '') await stage(driver, volume, pod, places, publishContext, tools)
  await makeDirectory(dirname(places.target), 0o750)
  // Before the driver acts, so that a crash leaves what is needed to undo it.
  if (volume.block) {
    await makeDirectory(places.stagingData, 0o750)
    await writeData(places.stagingData, volume)
    await link(places)
  } else await writeData(places.mark, volume)
  await publish(driver, volume, pod, places, object, publishContext, tools)
}

/**
 * Publishes again what a pod has, with what the driver is told of the pod and its tokens as they are now, where the CSIDriver asks for it (requiresRepublish,
 * KEP-1855). Tells whether it does. A volume that was unpublished meanwhile stays so.
 */
export async function republishVolume(driver: CsiDriver, volume: CsiVolume, pod: CsiPod, places: Places, tools: CsiTools): Promise<boolean> {
  if (volume.block || !(await readData(places.mark, tools.log))) return false
  const object = await driverObject(tools.client, driver.name)
  if (!object?.spec?.requiresRepublish) return false
  await publish(driver, volume, pod, places, object, await attachment(driver, volume, object, tools), tools)
  return true
}

type UndoTools = Pick<CsiTools, 'rootDirectory' | 'inUse' | 'report' | 'watcher' | 'log'>

/** Undoes what a pod has; unstages what no other pod has. */
export async function unpublishVolume(published: PublishedVolume, driver: CsiDriver, tools: UndoTools): Promise<void> {
  const { places, data, block } = published
  const { watcher } = tools
  await undoing(block ? 'unmap_volume' : 'volume_unmount', driver.name, watcher, async () => {
    await callDriver(driver, csi.unpublish, { volumeId: data.volumeHandle, targetPath: places.target }, watcher)
    if (block) {
      await rm(places.target, { force: true }).catch(() => {})
      await rm(places.mark, { force: true })
    } else {
      await rmdir(places.target).catch(() => {})
      await removeData(places.mark)
    }
  })
  if (!(await isUsed(tools.rootDirectory, published, tools.log))) {
    await unstage(driver, published, watcher)
    if (tools.inUse.delete(inUseName(driver.name, data.volumeHandle))) tools.report?.()
  }
  await rmdir(block ? dirname(places.target) : places.mark).catch(() => {})
}

export const stagingOf = (driver: CsiDriver, volume: CsiVolume, places: Places): string => (driver.stages && !volume.inline ? places.staging : '')

async function isPublished({ block }: CsiVolume, { target, mark, unowned }: Places, mounter: Mounter): Promise<boolean> {
  if (await mounter.isMountPoint(target)) return block ? isThere(mark) : !(await isThere(unowned))
  // A driver may make the device itself.
  const found = block ? await stat(target).catch(() => undefined) : undefined
  return found?.isBlockDevice() === true && (await isThere(mark))
}

type Context = Readonly<Record<string, string>>

async function stage(driver: CsiDriver, volume: CsiVolume, pod: CsiPod, places: Places, publishContext: Context, { client, watcher }: CsiTools): Promise<void> {
  await makeDirectory(places.staging, 0o750)
  await makeDirectory(places.stagingData, 0o750)
  await writeData(places.stagingData, volume)
  const secrets = await secretData(client, volume.stageSecret)
  const common = { volumeId: volume.volumeHandle, publishContext, volumeCapability: capabilityOf(driver, volume, pod) }
  try {
    await callDriver(driver, csi.stage, { ...common, stagingTargetPath: places.staging, secrets, volumeContext: volume.attributes }, watcher)
  } catch (cause) {
    throw cause instanceof CsiError ? new StageError(cause.message, { cause }) : cause
  }
}

async function publish(
  driver: CsiDriver,
  volume: CsiVolume,
  pod: CsiPod,
  places: Places,
  object: CsiDriverObject | undefined,
  publishContext: Context,
  { client, watcher, give = applyFsGroup }: CsiTools,
): Promise<void> {
  const request = {
    volumeId: volume.volumeHandle,
    publishContext,
    stagingTargetPath: stagingOf(driver, volume, places),
    targetPath: places.target,
    volumeCapability: capabilityOf(driver, volume, pod),
    readonly: volume.readOnly,
    secrets: await secretData(client, volume.publishSecret),
    volumeContext: await volumeContext(object, volume, pod, client),
  }
  const group = driver.mountsGroup || !wantsGroup(volume, object) ? undefined : pod.fsGroup
  if (group !== undefined) {
    await makeDirectory(dirname(places.unowned), 0o750)
    await writeFile(places.unowned, '')
  }
  await callDriver(driver, csi.publish, request, watcher)
  if (group === undefined) return
  await give(places.target, group, { policy: changePolicy(pod.fsGroupChangePolicy) })
  await rm(places.unowned, { force: true })
}

/** What the pod's directory has of a device: a link to where it is published (kubelet: GetPodDeviceMapPath). */
async function link({ target, mark }: Places): Promise<void> {
  await makeDirectory(dirname(mark), 0o750)
  await rm(mark, { force: true })
  await symlink(target, mark)
}

async function unstage(driver: CsiDriver, { places, data, block }: PublishedVolume, watcher: CsiWatcher | undefined): Promise<void> {
  const { staging, stagingData } = places
  if (!(await wasWritten(stagingData))) return
  if (driver.stages)
    await undoing(block ? 'unmap_device' : 'unmount_device', driver.name, watcher, async () => {
      await callDriver(driver, csi.unstage, { volumeId: data.volumeHandle, stagingTargetPath: staging }, watcher)
    })
  await rmdir(staging).catch(() => {})
  await removeData(stagingData)
  await rmdir(stagingData).catch(() => {})
  if (block) await rmdir(dirname(stagingData)).catch(() => {})
}

function checkLifecycle(volume: CsiVolume, driver: CsiDriver, object: CsiDriverObject | undefined): void {
  const mode = volume.inline ? 'Ephemeral' : 'Persistent'
  if (!object && !volume.inline) return
  if (!object) throw new Error(`volume mode "${mode}" not supported by driver ${driver.name} (no CSIDriver object)`)
  const modes = object.spec?.volumeLifecycleModes ?? ['Persistent']
  if (!modes.includes(mode)) throw new Error(`volume mode "${mode}" not supported by driver ${driver.name} (only supports ${JSON.stringify(modes)})`)
}

/** What the attachment says of the device; nothing where the driver does not attach. Throws while it is not attached. */
async function attachment(driver: CsiDriver, volume: CsiVolume, object: CsiDriverObject | undefined, tools: CsiTools): Promise<Context> {
  if (volume.inline || object?.spec?.attachRequired === false) return {}
  const { client, nodeName, inUse, isReported = () => true, report } = tools
  const unique = inUseName(driver.name, volume.volumeHandle)
  // Before it is used, so that the control plane does not detach it: kubelet, VerifyControllerAttachedVolume.
  if (!inUse.has(unique)) {
    inUse.add(unique)
    report?.()
  }
  if (!isReported(unique)) throw new NotAttachedError("Volume has not been added to the list of VolumesInUse in the node's volume status")
  const name = attachmentName(driver.name, volume.volumeHandle, nodeName)
  const found = await ask<VolumeAttachment>(client, `/apis/storage.k8s.io/v1/volumeattachments/${name}`)
  if (found?.status?.attached) return found.status.attachmentMetadata ?? {}
  throw new NotAttachedError(
    `volume ${volume.volumeHandle} is not attached yet: VolumeAttachment ${name} is ${found ? 'not attached' : 'missing'} (attachRequired of CSIDriver ${driver.name})`,
  )
}

/** CSIDriver.spec.fsGroupPolicy; the default asks for a file system type and a single writer. */
function wantsGroup(volume: CsiVolume, object: CsiDriverObject | undefined): boolean {
  const policy = object?.spec?.fsGroupPolicy ?? 'ReadWriteOnceWithFSType'
  if (volume.readOnly || volume.block || policy === 'None') return false
  return policy === 'File' || (volume.fsType !== '' && volume.accessModes.includes('ReadWriteOnce'))
}
