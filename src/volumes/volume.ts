import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { CsiVolume } from '../csi/volume.ts'
import type { ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Volume } from '../kube/objects.ts'

/** What volumes ask of the node: objects by reference, tokens, the node's size. Errors carry the API server's message. */
export interface VolumeSources {
  /** Undefined when it does not exist; throws when it could not be asked for. */
  secret(namespace: string, name: string): Promise<Secret | undefined>
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>
  serviceAccountToken(request: {
    namespace: string
    serviceAccount: string
    podName: string
    podUid: string
    audiences: readonly string[]
    expirationSeconds: number
  }): Promise<{ token: string; expiresAt: number }>
  /** Certificates in PEM; '' when there are none. Throws the API server's message. */
  trustBundle(request: TrustBundleRequest): Promise<string>
  /** The volume bound to a claim of the pod's namespace; `owned`: a generic ephemeral volume's, which the pod must own. Throws with the kubelet's message. */
  boundVolume(claim: string, owned: boolean): Promise<BoundVolume>
  /** Has a CSI driver publish a volume for the pod. */
  publishCsi(volume: CsiVolume): Promise<PublishedCsi>
  /** Has it published again where its driver wants so, and expanded where it has grown. */
  refreshCsi(volume: CsiVolume): Promise<PublishedCsi>
  /** `resource` such as `limits.cpu`, or a field path; resolves downward API items. Throws with the kubelet's message. */
  downwardField(pod: Pod, fieldPath: string): string
  downwardResource(pod: Pod, selector: { containerName?: string; resource: string; divisor?: string }): string
  /** Bytes of memory a pod may use at most on this node, for a memory-backed emptyDir with no limit. */
  readonly allocatableMemoryBytes: number
}

/** A claim and what is bound to it. */
export interface BoundVolume {
  readonly claim: PersistentVolumeClaim
  readonly volume: PersistentVolume
}

/** Where a CSI volume is, and whether it is to be refreshed now and then. */
export interface PublishedCsi {
  readonly path: string
  readonly refreshes: boolean
}

/** Which ClusterTrustBundles: one by its name, or a signer's. */
export interface TrustBundleRequest {
  readonly name?: string
  readonly signerName?: string
  /** As the API takes it in a query: '' selects all, undefined none. */
  readonly selector?: string
}

/** Where and for whom a volume is set up. */
export interface VolumeContext {
  readonly pod: Pod
  /** `<root>/pods/<uid>`, absolute. */
  readonly podDirectory: string
  readonly sources: VolumeSources
  readonly mounter: Mounter
  readonly clock: Clock
  readonly log: Logger
  readonly signal?: AbortSignal
}

/** What tells one mount from another. */
export interface MountFacts {
  readonly fsType: string
  readonly source: string
  /** The mount. */
  readonly readOnly: boolean
  /** The file system, however it is mounted. */
  readonly sourceReadOnly: boolean
}

/** The host's mount table. `systemMounter` runs mount(8); the simulated one remembers. */
export interface Mounter {
  /** There are no directories behind it: a simulated node's. */
  readonly imagined?: true
  /** `again`: what is mounted there is given another size. */
  mountTmpfs(path: string, options: { sizeBytes?: number; again?: boolean }): Promise<void>
  /** Any other file system, by mount(8) and its helpers. */
  mountFilesystem(type: string, source: string, target: string, options: readonly string[]): Promise<void>
  bindMount(source: string, target: string, options: { readOnly?: boolean }): Promise<void>
  /** Safe when nothing is mounted there. */
  unmount(path: string): Promise<void>
  isMountPoint(path: string): Promise<boolean>
  /** What is mounted there, the last one where several are. A mounter that cannot tell takes every mount for the right one. */
  mountAt?(path: string): Promise<MountFacts | undefined>
  /** Everything mounted at or below a directory, deepest first, whoever mounted it. */
  mountPointsWithin?(directory: string): Promise<readonly string[]>
}

/** A volume ready to be bound into containers. */
export interface MountedVolume {
  readonly name: string
  /** What containers bind: a directory, or a file or socket with hostPath; of a device, what they are given. */
  readonly hostPath: string
  /** A raw block volume, for `volumeDevices`. */
  readonly isDevice?: true
  /** The volume itself forbids writing (configMap, secret, projected, downwardAPI). */
  readonly readOnly: boolean
  /** Of CSI. */
  readonly driver?: string
  /** Present when contents follow their sources: writes them again if they changed, tells whether they did, and when (wall ms) to ask again unasked. */
  refresh?(): Promise<{ readonly changed: boolean; readonly refreshAt?: number }>
  readonly refreshAt?: number
  /** Who can tell how full it is, where its directory on the node cannot. */
  readonly statistics?: VolumeStatistics
  /** The files of an image: the engine has them, and `hostPath` is ''. */
  readonly image?: { readonly reference: string; readonly pullPolicy?: string }
  /** The name of the pod's claim that it is bound to. */
  readonly claim?: string
}

/** How to learn what a volume holds and has room for. */
export type VolumeStatistics =
  /** Its file system says so. */
  | { readonly by: 'file-system'; readonly path: string }
  /** Its size is all there is to know. */
  | { readonly by: 'device'; readonly path: string }
  | { readonly by: 'driver'; readonly driver: string; readonly volumeHandle: string; readonly path: string }

/** One kind of volume, one file each. */
export interface VolumeKind {
  /** The key in `spec.volumes[]`, e.g. `emptyDir`. */
  readonly key: keyof Volume
  /** The escaped plugin directory, e.g. `kubernetes.io~empty-dir`; undefined when it keeps nothing under the pod (hostPath). */
  readonly directory?: string
  /** Idempotent: also called for what is already set up, after an agent restart. Throws `VolumeError`. */
  setUp(volume: Volume, context: VolumeContext): Promise<MountedVolume>
  /** Idempotent. Not needed when removing the directory is enough. */
  tearDown?(volumeDirectory: string, context: Pick<VolumeContext, 'mounter' | 'log'>): Promise<void>
}

/** What a volume comes from could not be asked for now: the API server is away. What was written before still holds. */
export class SourceUnavailableError extends Error {
  override readonly name = 'SourceUnavailableError'
}

/** What failed, as the kubelet's events say it. */
export type VolumeStep =
  /** Waits for the control plane, which tells of what fails itself: no event. */
  | 'VerifyControllerAttachedVolume'
  | 'MountVolume.SetUp'
  | 'MountVolume.MountDevice'
  /** kubelet 1.32 writes it so. */
  | 'MountVolume.Setup failed while expanding volume'
  | 'MapVolume.SetUpDevice'
  | 'MapVolume.MapPodDevice'
  | 'MapVolume.MapBlockVolume'

/** A volume could not be set up; the pod waits and the event is `FailedMount`, or `FailedMapVolume` of a device. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError'
  readonly volume: string
  readonly step: VolumeStep

  constructor(volume: string, message: string, { step = 'MountVolume.SetUp', ...options }: { cause?: unknown; step?: VolumeStep } = {}) {
    super(message, options)
    this.volume = volume
    this.step = step
  }
}
