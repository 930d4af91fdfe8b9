import { accessMode } from '../../../src/csi/access-mode.ts'
import type { CsiPod, CsiVolume } from '../../../src/csi/volume.ts'
import { type KubeClient, KubeError } from '../../../src/kube/client.ts'
import type { KubeObject, Secret } from '../../../src/kube/objects.ts'
import type { CsiDriver } from './drivers.ts'

/** The cluster's word on a driver. */
export interface CsiDriverObject extends KubeObject {
  spec?: {
    attachRequired?: boolean
    podInfoOnMount?: boolean
    requiresRepublish?: boolean
    volumeLifecycleModes?: string[]
    fsGroupPolicy?: string
    tokenRequests?: { audience?: string; expirationSeconds?: number }[]
  }
}

interface TokenRequest extends KubeObject {
  status?: { token?: string; expirationTimestamp?: string }
}

/** How the volume is to be had. The mount group is the pod's, where the driver mounts for it. */
export function capabilityOf(driver: CsiDriver, volume: CsiVolume, pod: CsiPod) {
  const mode = { accessMode: { mode: accessMode(volume.accessModes, driver.tellsWritersApart) } }
  if (volume.block) return { block: {}, ...mode }
  const volumeMountGroup = driver.mountsGroup && pod.fsGroup !== undefined ? String(pod.fsGroup) : ''
  return { mount: { fsType: volume.fsType, mountFlags: volume.mountOptions, volumeMountGroup }, ...mode }
}

/** The volume's attributes with what the driver wants to know of the pod: who it is, and tokens that are fresh at each call. */
export async function volumeContext(object: CsiDriverObject | undefined, volume: CsiVolume, pod: CsiPod, client: KubeClient): Promise<Record<string, string>> {
  return {
    ...volume.attributes,
    ...(object?.spec?.podInfoOnMount ? podInfo(volume, pod) : {}),
    // kubelet 1.32: a device's publication has no tokens.
    ...(volume.block ? {} : await tokens(object, pod, client)),
  }
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

export async function secretData(client: KubeClient, ref: CsiVolume['stageSecret']): Promise<Record<string, string>> {
  if (!ref) return {}
  const secret = await client.get<Secret>(`/api/v1/namespaces/${ref.namespace}/secrets/${ref.name}`)
  return Object.fromEntries(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]))
}

export const driverObject = (client: KubeClient, driver: string) => ask<CsiDriverObject>(client, `/apis/storage.k8s.io/v1/csidrivers/${driver}`)

/** Undefined when it does not exist. */
export async function ask<T extends KubeObject>(client: KubeClient, path: string): Promise<T | undefined> {
  try {
    return await client.get<T>(path)
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return undefined
    throw error
  }
}
