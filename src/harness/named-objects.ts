import type { V1CronJob, V1DaemonSet, V1Deployment, V1Job, V1ReplicaSet, V1StatefulSet } from '@kubernetes/client-node'
import type {
  CertificateSigningRequest,
  ConfigMap,
  CoreEvent,
  KubeObject,
  Lease,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
  Wire,
} from '../kube/objects.ts'

type Deployment = Wire<V1Deployment>
type ReplicaSet = Wire<V1ReplicaSet>
type StatefulSet = Wire<V1StatefulSet>
type DaemonSet = Wire<V1DaemonSet>
type Job = Wire<V1Job>
type CronJob = Wire<V1CronJob>

/** What each word for a kind stands for, as kubectl has them. Kinds that are not here are objects of unknown fields. */
interface ByWord {
  readonly pod: Pod
  readonly po: Pod
  readonly pods: Pod
  readonly node: Node
  readonly no: Node
  readonly nodes: Node
  readonly configmap: ConfigMap
  readonly cm: ConfigMap
  readonly configmaps: ConfigMap
  readonly secret: Secret
  readonly secrets: Secret
  readonly service: Service
  readonly svc: Service
  readonly services: Service
  readonly event: CoreEvent
  readonly ev: CoreEvent
  readonly events: CoreEvent
  readonly lease: Lease
  readonly leases: Lease
  readonly persistentvolume: PersistentVolume
  readonly pv: PersistentVolume
  readonly persistentvolumes: PersistentVolume
  readonly persistentvolumeclaim: PersistentVolumeClaim
  readonly pvc: PersistentVolumeClaim
  readonly persistentvolumeclaims: PersistentVolumeClaim
  readonly deployment: Deployment
  readonly deploy: Deployment
  readonly deployments: Deployment
  readonly replicaset: ReplicaSet
  readonly rs: ReplicaSet
  readonly replicasets: ReplicaSet
  readonly statefulset: StatefulSet
  readonly sts: StatefulSet
  readonly statefulsets: StatefulSet
  readonly daemonset: DaemonSet
  readonly ds: DaemonSet
  readonly daemonsets: DaemonSet
  readonly job: Job
  readonly jobs: Job
  readonly cronjob: CronJob
  readonly cj: CronJob
  readonly cronjobs: CronJob
  readonly certificatesigningrequest: CertificateSigningRequest
  readonly csr: CertificateSigningRequest
  readonly certificatesigningrequests: CertificateSigningRequest
}

/** An object of a kind that has no type here. */
export type OtherObject = KubeObject & { readonly [field: string]: unknown }

/** `'pods'` → `Pod`. */
export type OfKind<Word extends string> = Lowercase<Word> extends keyof ByWord ? ByWord[Lowercase<Word>] : OtherObject

/** `'pod/web'` → `Pod`. */
export type ObjectNamed<What extends string> = What extends `${infer Word}/${string}` ? OfKind<Word> : OtherObject
