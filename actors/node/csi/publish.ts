import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { call } from '../../../src/csi/call.ts'
import { accessMode, node as csi } from '../../../src/csi/protocol.ts'
import { type CsiPod, type CsiVolume, type CsiVolumeData, csiPlugin } from '../../../src/csi/volume.ts'
import { type KubeClient, KubeError } from '../../../src/kube/client.ts'
import type { KubeObject, Secret } from '../../../src/kube/objects.ts'
import { applyFsGroup } from '../../../src/volumes/ownership.ts'
import type { Mounter } from '../../../src/volumes/volume.ts'
import type { CsiDriver } from './drivers.ts'

export interface CsiTools {
  readonly client: KubeClient
  readonly mounter: Mounter
  readonly nodeName: string
  readonly rootDirectory: string
  /** `kubernetes.io/csi/<driver>^<handle>` of what pods of this node have: what the control plane must not detach. */
  readonly inUse: Set<string>
}

interface CsiDriverObject extends KubeObject {
  spec?: {
    attachRequired?: boolean
    podInfoOnMount?: boolean
    volumeLifecycleModes?: string[]
    fsGroupPolicy?: string
    tokenRequests?: { audience?: string; expirationSeconds?: number }[]
  }
}
interface VolumeAttachment extends KubeObject {
  status?: { attached?: boolean; attachmentMetadata?: Record<string, string> }
}

interface TokenRequest extends KubeObject {
  status?: { token?: string; expirationTimestamp?: string }
}

const dataFile = 'vol_data.json'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const inUseName = (driver: string, volumeHandle: string) => `kubernetes.io/csi/${driver}^${volumeHandle}`

/** Where a volume of a driver is staged, once for the node. */
export const stagingPath = (rootDirectory: string, driver: string, volumeHandle: string) =>
  join(rootDirectory, 'plugins/kubernetes.io/csi', encodeURIComponent(driver), sha256(volumeHandle), 'globalmount')

/** Attaches (waits for it), stages and publishes a volume for a pod, as the kubelet's csi plugin does. Idempotent. */
export async function publishVolume(driver: CsiDriver, volume: CsiVolume, pod: CsiPod, directory: string, tools: CsiTools): Promise<void> {
  const target = join(directory, 'mount')
  if (await tools.mounter.isMountPoint(target)) return
  const object = await ask<CsiDriverObject>(tools.client, `/apis/storage.k8s.io/v1/csidrivers/${driver.name}`)
  checkLifecycle(volume, driver, object)
  const attaches = !volume.inline && object?.spec?.attachRequired !== false
  // Before it is looked for, so that the control plane does not detach what is about to be used.
  if (attaches) tools.inUse.add(inUseName(driver.name, volume.volumeHandle))
  const publishContext = attaches ? await attachment(driver, volume, tools) : {}
  const common = { volumeId: volume.volumeHandle, publishContext, volumeCapability: capabilityOf(driver, volume, pod) }
  const staging = driver.stages && !volume.inline ? stagingPath(tools.rootDirectory, driver.name, volume.volumeHandle) : ''
  if (staging !== '') {
    await mkdir(staging, { recursive: true, mode: 0o750 })
    await writeData(join(staging, '..'), driver, volume)
    const secrets = await secretData(tools.client, volume.stageSecret)
    await call(driver.endpoint, csi.stage, { ...common, stagingTargetPath: staging, secrets, volumeContext: volume.attributes })
  }
  await mkdir(directory, { recursive: true, mode: 0o750 })
  // Before the driver acts, so that a crash leaves what is needed to undo it.
  await writeData(directory, driver, volume)
  await call(driver.endpoint, csi.publish, {
    ...common,
    stagingTargetPath: staging,
    targetPath: target,
    readonly: volume.readOnly,
    secrets: await secretData(tools.client, volume.publishSecret),
    volumeContext: { ...volume.attributes, ...(object?.spec?.podInfoOnMount ? podInfo(volume, pod) : {}), ...(await tokens(object, pod, tools.client)) },
  })
  if (pod.fsGroup !== undefined && !driver.mountsGroup && wantsGroup(volume, object)) await applyFsGroup(target, pod.fsGroup)
}

/** Undoes what a pod's directory has of CSI; unstages what no other pod has. `driverOf` throws for one that is not registered. */
export async function unpublishVolume(
  { directory, data }: PublishedVolume,
  driver: CsiDriver,
  tools: Pick<CsiTools, 'rootDirectory' | 'inUse'>,
): Promise<void> {
  await call(driver.endpoint, csi.unpublish, { volumeId: data.volumeHandle, targetPath: join(directory, 'mount') })
  await rmdir(join(directory, 'mount')).catch(() => {})
  await rm(join(directory, dataFile), { force: true })
  if (!(await isUsed(driver.name, data.volumeHandle, tools.rootDirectory))) {
    await unstage(driver, data.volumeHandle, tools.rootDirectory)
    tools.inUse.delete(inUseName(driver.name, data.volumeHandle))
  }
  await rmdir(directory).catch(() => {})
}

/** A volume in a pod's directory, as what was written beside it tells. */
export interface PublishedVolume {
  readonly directory: string
  readonly data: CsiVolumeData
}

/** What a pod's directory has of CSI. Directories that no driver was asked for go. */
export async function publishedIn(podDirectory: string): Promise<PublishedVolume[]> {
  const parent = join(podDirectory, 'volumes', csiPlugin)
  const found: PublishedVolume[] = []
  for (const name of await readdir(parent).catch(() => [])) {
    const directory = join(parent, name)
    const data = await readData(directory)
    if (data) found.push({ directory, data })
    else await rmdir(directory).catch(() => {})
  }
  return found
}

/** The volumes that pods of an earlier agent have, by their names in `Node.status.volumesInUse`. */
export async function volumesInUse(rootDirectory: string): Promise<string[]> {
  const pods = join(rootDirectory, 'pods')
  const all = await Promise.all((await readdir(pods).catch(() => [])).map((uid) => publishedIn(join(pods, uid))))
  return all
    .flat()
    .filter(({ data }) => data.volumeLifecycleMode === 'Persistent')
    .map(({ data }) => inUseName(data.driverName, data.volumeHandle))
}

async function unstage(driver: CsiDriver, volumeHandle: string, rootDirectory: string): Promise<void> {
  const staging = stagingPath(rootDirectory, driver.name, volumeHandle)
  if (!(await readData(join(staging, '..')))) return
  await call(driver.endpoint, csi.unstage, { volumeId: volumeHandle, stagingTargetPath: staging })
  await rmdir(staging).catch(() => {})
  await rm(join(staging, '..', dataFile), { force: true })
  await rmdir(join(staging, '..')).catch(() => {})
}

async function isUsed(driver: string, volumeHandle: string, rootDirectory: string): Promise<boolean> {
  const pods = join(rootDirectory, 'pods')
  for (const uid of await readdir(pods).catch(() => [])) {
    const parent = join(pods, uid, 'volumes', csiPlugin)
    for (const name of await readdir(parent).catch(() => [])) {
      const data = await readData(join(parent, name))
      if (data?.driverName === driver && data.volumeHandle === volumeHandle) return true
    }
  }
  return false
}

function checkLifecycle(volume: CsiVolume, driver: CsiDriver, object: CsiDriverObject | undefined): void {
  const mode = volume.inline ? 'Ephemeral' : 'Persistent'
  if (!object && !volume.inline) return
  if (!object) throw new Error(`volume mode "${mode}" not supported by driver ${driver.name} (no CSIDriver object)`)
  const modes = object.spec?.volumeLifecycleModes ?? ['Persistent']
  if (!modes.includes(mode)) throw new Error(`volume mode "${mode}" not supported by driver ${driver.name} (only supports ${JSON.stringify(modes)})`)
}

async function attachment(driver: CsiDriver, volume: CsiVolume, { client, nodeName }: CsiTools): Promise<Record<string, string>> {
  const name = `csi-${sha256(`${volume.volumeHandle}${driver.name}${nodeName}`)}`
  const found = await ask<VolumeAttachment>(client, `/apis/storage.k8s.io/v1/volumeattachments/${name}`)
  if (!found?.status?.attached)
    throw new Error(
      `volume ${volume.volumeHandle} is not attached yet: VolumeAttachment ${name} is ${found ? 'not attached' : 'missing'} (attachRequired of CSIDriver ${driver.name})`,
    )
  return found.status.attachmentMetadata ?? {}
}

function capabilityOf(driver: CsiDriver, volume: CsiVolume, pod: CsiPod) {
  const volumeMountGroup = driver.mountsGroup && pod.fsGroup !== undefined ? String(pod.fsGroup) : ''
  return { mount: { fsType: volume.fsType, mountFlags: volume.mountOptions, volumeMountGroup }, accessMode: { mode: accessMode(volume.accessModes) } }
}

const podInfo = (volume: CsiVolume, pod: CsiPod) => ({
  'csi.storage.k8s.io/pod.name': pod.name,
  'csi.storage.k8s.io/pod.namespace': pod.namespace,
  'csi.storage.k8s.io/pod.uid': pod.uid,
  'csi.storage.k8s.io/serviceAccount.name': pod.serviceAccount,
  'csi.storage.k8s.io/ephemeral': String(volume.inline),
})

/** CSIDriver.spec.tokenRequests: tokens of the pod's service account, for each audience asked for (KEP-1855). */
async function tokens(object: CsiDriverObject | undefined, pod: CsiPod, client: KubeClient): Promise<Record<string, string>> {
  const requests = object?.spec?.tokenRequests ?? []
  if (requests.length === 0) return {}
  const granted: Record<string, { token: string; expirationTimestamp: string }> = {}
  for (const { audience = '', expirationSeconds } of requests) {
    const spec = {
      ...(audience ? { audiences: [audience] } : {}),
      ...(expirationSeconds ? { expirationSeconds } : {}),
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod.name, uid: pod.uid },
    }
    const path = `/api/v1/namespaces/${pod.namespace}/serviceaccounts/${pod.serviceAccount}/token`
    const { status } = await client.create<TokenRequest>(path, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec })
    granted[audience] = { token: status?.token ?? '', expirationTimestamp: status?.expirationTimestamp ?? '' }
  }
  return { 'csi.storage.k8s.io/serviceAccount.tokens': JSON.stringify(granted) }
}

/** CSIDriver.spec.fsGroupPolicy; the default asks for a file system type and a single writer. */
function wantsGroup(volume: CsiVolume, object: CsiDriverObject | undefined): boolean {
  const policy = object?.spec?.fsGroupPolicy ?? 'ReadWriteOnceWithFSType'
  if (volume.readOnly || policy === 'None') return false
  return policy === 'File' || (volume.fsType !== '' && volume.accessModes.includes('ReadWriteOnce'))
}

async function secretData(client: KubeClient, ref: CsiVolume['stageSecret']): Promise<Record<string, string>> {
  if (!ref) return {}
  const secret = await client.get<Secret>(`/api/v1/namespaces/${ref.namespace}/secrets/${ref.name}`)
  return Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

async function ask<T extends KubeObject>(client: KubeClient, path: string): Promise<T | undefined> {
  try {
    return await client.get<T>(path)
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return undefined
    throw error
  }
}

async function writeData(directory: string, driver: CsiDriver, volume: CsiVolume): Promise<void> {
  const data: CsiVolumeData = {
    driverName: driver.name,
    volumeHandle: volume.volumeHandle,
    specVolID: volume.name,
    volumeLifecycleMode: volume.inline ? 'Ephemeral' : 'Persistent',
  }
  await writeFile(join(directory, dataFile), JSON.stringify(data), { mode: 0o600 })
}

async function readData(directory: string): Promise<CsiVolumeData | undefined> {
  const text = await readFile(join(directory, dataFile), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as CsiVolumeData)
}
