import type { ContainerState, EngineEvent, PodIdentity, PodSummary } from '../../src/engine/engine.ts'
import type { ImageReference } from '../../src/images/image-reference.ts'
import type { Identity } from '../../src/kube/answers/identity.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import type { ConfigMap, Node, ObjectReference, PersistentVolume, PersistentVolumeClaim, Pod, Secret, Service } from '../../src/kube/objects.ts'
import type { TrustBundleRequest, VolumeStatistics } from '../../src/volumes/volume.ts'
import { address } from '../kernel/types.ts'
import type { ObjectRef, PodFinished, PodOrigin, PodStatusReport } from '../pod/messages.ts'
import type { ProbeCount } from '../pod/probes/tally.ts'
import type { ClaimRequest } from './claims.ts'

/** Addresses of the node-level actors, all on the node thread. */
export const nodeAddresses = {
  /** Creates, feeds and forgets pod actors. */
  director: address('node/director'),
  statusReporter: address('node/status-reporter'),
  eventRecorder: address('node/event-recorder'),
  /** Watches Secrets and ConfigMaps that pods refer to; lists Services; knows the Node. */
  objects: address('node/objects'),
  /** Hands out slots for image pulls (serial or parallel, QPS). */
  imagePulls: address('node/image-pulls'),
  /** What the node itself has to pull images with. */
  imageCredentials: address('node/image-credentials'),
  registration: address('node/registration'),
  heartbeat: address('node/heartbeat'),
  resources: address('node/resources'),
  /** Ends pods that take more than is theirs, or that the node can no longer carry. */
  eviction: address('node/eviction'),
  /** Ends all pods when the machine shuts down. */
  shutdown: address('node/shutdown'),
  /** Removes images that nothing uses. */
  imageGc: address('node/image-gc'),
  /** Limits of the cgroups above the pods' own. */
  qosCgroups: address('node/qos-cgroups'),
  /** CSI drivers and the volumes they publish. */
  csi: address('node/csi'),
  /** Ids for the pods that have a user namespace of their own. */
  userNamespaces: address('node/user-namespaces'),
  /** Looks for what pods that are gone left on the disk. */
  garbage: address('node/garbage'),
  /** Mirrors of static pods on the API server. */
  mirrorPods: address('node/mirror-pods'),
  /** How often probes were tried. */
  probeCounts: address('node/probe-counts'),
} as const

/** To `node/image-gc`: its own timer. */
export type ImageGcMessage = { readonly type: 'CollectImages' }

/** To `node/qos-cgroups`: pods came or went; its own timer. */
export type QosCgroupsMessage = { readonly type: 'PodsChanged' } | { readonly type: 'UpdateQosCgroups' }

/** To `node/event-recorder`. */
export interface RecordEvent {
  readonly type: 'RecordEvent'
  readonly object: ObjectReference
  readonly eventType: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** To `node/objects`, by `ask`. A pod's references are acquired once and released when it is gone; changes come as `ObjectChanged`. */
export type ObjectsMessage =
  /** Replaces the pod's set of references. Answers nothing. */
  | { readonly type: 'AcquireObjects'; readonly uid: PodUid; readonly refs: readonly ObjectRef[] }
  | { readonly type: 'ReleaseObjects'; readonly uid: PodUid }
  /** Answers `ObjectAnswer`. The pod must have acquired it. Waits for the first list of that object. */
  | { readonly type: 'GetObject'; readonly ref: ObjectRef }
  /** Answers `ServiceList`: services of the namespace, and `kubernetes` of `default`. `wait` for the first list, and fail without one. */
  | { readonly type: 'ListServices'; readonly namespace: string; readonly wait: boolean }
  /** Answers `ClaimAnswer`. */
  | ({ readonly type: 'GetClaim' } & ClaimRequest)
  /** Answers `TrustBundleAnswer`. */
  | { readonly type: 'GetTrustBundle'; readonly request: TrustBundleRequest }
  /** Answers `RuntimeHandlerAnswer`. */
  | { readonly type: 'GetRuntimeHandler'; readonly name: string }
  /** Answers `NodeAnswer`. */
  | { readonly type: 'GetNode' }
  /** Answers `TokenAnswer`: a bound service account token. */
  | {
      readonly type: 'CreateToken'
      readonly namespace: string
      readonly serviceAccount: string
      readonly podName: string
      readonly uid: PodUid
      readonly audiences: readonly string[]
      readonly expirationSeconds: number
    }

/** A claim and the volume bound to it; `message` says why there is none. `away`: the API server was not reached. */
export type ClaimAnswer =
  | { readonly ok: true; readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }
  | { readonly ok: false; readonly message: string; readonly away: boolean }

/** Certificates in PEM. `away`: the API server was not reached. */
export type TrustBundleAnswer = { readonly ok: true; readonly pem: string } | { readonly ok: false; readonly message: string; readonly away: boolean }

/** The handler of a RuntimeClass; `message` says why there is none. */
export type RuntimeHandlerAnswer = { readonly found: true; readonly handler: string } | { readonly found: false; readonly message: string }

export type ObjectAnswer =
  | { readonly found: true; readonly object: Secret | ConfigMap }
  /** `message` is the API server's own, e.g. `secrets "s" not found`. `retry`: not reached, try again. */
  | { readonly found: false; readonly message: string; readonly retry: boolean }

export interface ServiceList {
  readonly services: readonly Service[]
}

/** The node as last seen: allocatable for downward defaults, addresses for hostIP. */
export interface NodeAnswer {
  readonly node: Node | undefined
  readonly hostIps: readonly string[]
  /** Why pods get no network just now; absent: they do. */
  readonly networkProblem?: string
}

export type TokenAnswer =
  | { readonly ok: true; readonly token: string; readonly expiresAt: number }
  /** `away`: the API server was not reached or could not serve. */
  | { readonly ok: false; readonly message: string; readonly away: boolean }

/** To `node/image-pulls`, by `ask`: answers `{ waitedMs }` when the pull may begin; `ReleasePull` must follow. */
export type ImagePullsMessage =
  /** From the director: the pod is gone, and so is what it held or waited for. */
  | { readonly type: 'ForgetPulls'; readonly uid: PodUid }
  | { readonly type: 'AcquirePull'; readonly uid: PodUid; readonly image: string }
  | { readonly type: 'ReleasePull'; readonly uid: PodUid; readonly image: string }

/** To `node/image-credentials`, by `ask`: answers `RegistryCredential[]`, those to be tried first at the front. */
export interface ImageCredentialsMessage {
  readonly type: 'GetImageCredentials'
  readonly reference: ImageReference
}

/** To `node/status-reporter`. */
export type StatusReporterMessage =
  | PodStatusReport
  /** The pod is gone from the API server. */
  | { readonly type: 'ForgetPod'; readonly uid: PodUid }
  /** The pod was marked for deletion on the API server. */
  | { readonly type: 'PodSeen'; readonly uid: PodUid }
  /** The API server shows another status of the pod than before: of ours, or one that others wrote. */
  | { readonly type: 'StatusSeen'; readonly uid: PodUid }
  /** Its own timer: a status that others wrote was left standing for long enough to be no echo. */
  | { readonly type: 'Reconcile'; readonly uid: PodUid }
  /** The API server has a mirror of this static pod: its status goes there. */
  | { readonly type: 'MirrorSeen'; readonly uid: PodUid }
  /** Its own timer: a report has been held back long enough. */
  | { readonly type: 'Held'; readonly uid: PodUid }

/** To `node/director`. */
export type DirectorMessage =
  /** All pods of the source, after a list; those of `refused` are there too, and cannot be used as they are now. */
  | { readonly type: 'PodsListed'; readonly pods: readonly Pod[]; readonly refused?: readonly Identity[] }
  | { readonly type: 'PodUpserted'; readonly pod: Pod }
  | { readonly type: 'PodGone'; readonly uid: PodUid }
  /** All pods of a source of static manifests, each time they were read. */
  | { readonly type: 'StaticPods'; readonly source: StaticSource; readonly pods: readonly Pod[] }
  /** Its own timer: the API server is late. */
  | { readonly type: 'RestorePods' }
  /** Its own timer: resizes wait for room. */
  | { readonly type: 'RetryResizes' }
  /** The last known pods, from the checkpoint. */
  | { readonly type: 'PodsRestored'; readonly pods: readonly Pod[] }
  /** The actor of a pod that was gone has stopped: its name is free. */
  | { readonly type: 'PodStopped'; readonly name: string }
  | { readonly type: 'EngineEventSeen'; readonly event: EngineEvent }
  /** Every pod that has a directory or logs on this node. */
  | { readonly type: 'DirectoriesFound'; readonly pods: readonly PodIdentity[] }
  /** Every pod that the engine holds, from the relist. */
  | { readonly type: 'EngineListed'; readonly pods: readonly PodSummary[] }
  | PodFinished

export type StaticSource = Exclude<PodOrigin, 'api'>

/** To `node/mirror-pods`. Names are namespace/name. */
export type MirrorPodsMessage =
  | { readonly type: 'StaticPodRuns'; readonly pod: Pod }
  /** Nothing of it is left on the node. */
  | { readonly type: 'StaticPodLeft'; readonly name: string }
  /** Every source has once told all it has: what has no static pod now is an orphan. */
  | { readonly type: 'StaticSourcesReady' }
  | { readonly type: 'MirrorsListed'; readonly pods: readonly Pod[]; readonly refused?: readonly Identity[] }
  | { readonly type: 'MirrorSeen'; readonly pod: Pod }
  | { readonly type: 'MirrorGone'; readonly pod: Pod }
  /** Its own timer. */
  | { readonly type: 'Reconcile'; readonly name: string }

/** To `node/resources`: which processes of a pod run now. Merge key: the pod's uid. An empty list forgets the pod. */
export interface ContainersObserved {
  readonly type: 'ContainersObserved'
  readonly pod: PodIdentity
  /** The pause process, whose network is the pod's; 0 when there is none. */
  readonly sandboxPid: number
  readonly containers: readonly ObservedContainer[]
  /** Those that are more than a directory of the pod's. */
  readonly volumes: readonly ObservedVolume[]
}

/** A volume that tells itself what it holds; `claim` is of the pod's namespace. */
export interface ObservedVolume {
  readonly name: string
  readonly claim?: string
  readonly statistics: VolumeStatistics
}

/** A container that runs. */
export type ObservedContainer = Pick<ContainerState, 'id' | 'name' | 'attempt' | 'pid' | 'image' | 'startedAt' | 'storage'>

/** To `node/probe-counts`: tries since the last such message of that thread. */
export interface ProbeCountsMessage {
  readonly type: 'ProbesTried'
  readonly counts: readonly ProbeCount[]
}

/** To `node/resources`: how often to sample from now on; absent: as configured. */
export interface SamplePace {
  readonly type: 'SamplePace'
  readonly periodMs: number | undefined
}

/** To `node/resources`. */
export type ResourcesMessage =
  | ContainersObserved
  | { readonly type: 'Sample' }
  | { readonly type: 'SampleNew' }
  | SamplePace
  | { readonly type: 'MeasureDisks' }

/** To whom an eviction names: nothing of the pod runs any more; with `reclaim` nothing of it is left. */
export interface EvictedPodGone {
  readonly type: 'EvictedPodGone'
  readonly uid: PodUid
}

/** To `node/shutdown`. */
export type NodeShutdownMessage =
  /** The machine will go down as soon as nobody holds it up any more. */
  | { readonly type: 'ShutdownComing' }
  | { readonly type: 'ShutdownCancelled' }
  | EvictedPodGone
  /** Its own timer. */
  | { readonly type: 'GroupTimeOver' }

/** To `node/eviction`. */
export type EvictionMessage =
  /** The resource table has news. Merge key: `sampled`. */
  | { readonly type: 'ResourcesSampled' }
  | EvictedPodGone
  /** Its own timer: evicted pods have had their time. */
  | { readonly type: 'WaitOver' }

/** To `node/garbage`, by its own timer. */
export interface GarbageMessage {
  readonly type: 'CollectGarbage'
}
