import type { Aggregator } from '../apiserver/aggregation/aggregator.ts'
import type { TokenSigner } from '../apiserver/auth/tokens.ts'
import type { ServedKinds } from '../apiserver/rest/environment.ts'
import type { KeyPair } from '../pki/authority.ts'
import type { SchedulerOptions } from '../scheduler/scheduler.ts'
import { checkPolicyTypes } from './admission/policy-status.ts'
import { AttachDetachController } from './attach-detach/controller.ts'
import { approveNodeClients } from './certificates/approver.ts'
import { cleanRequests } from './certificates/cleaner.ts'
import { signRequests } from './certificates/signer.ts'
import { CronJobController } from './cron-job/controller.ts'
import { DaemonSetController } from './daemon-set/controller.ts'
import { DeploymentController } from './deployment/deployments.ts'
import { DisruptionController } from './disruption/controller.ts'
import { EndpointSliceMirroring } from './endpoint-slice-mirroring/controller.ts'
import { EndpointsController } from './endpoints/controller.ts'
import { EphemeralVolumeController } from './ephemeral-volume/controller.ts'
import { GarbageCollector } from './garbage-collector/garbage-collector.ts'
import { HorizontalPodAutoscalerController } from './horizontal-pod-autoscaler/controller.ts'
import { JobController } from './job/controller.ts'
import { NamespaceController } from './namespace/namespaces.ts'
import { NodeLifecycle } from './node/node-lifecycle.ts'
import { TaintEviction } from './node/taint-eviction.ts'
import { VolumeBinder } from './persistent-volume/controller.ts'
import { tellOfExpansion } from './persistent-volume/expander.ts'
import { PodGarbageCollector } from './pod-garbage-collector/controller.ts'
import { ResourceQuotaController } from './quota/resource-quotas.ts'
import { aggregateRoles } from './rbac/aggregate-roles.ts'
import { ReplicaSetController } from './replica-set/replica-sets.ts'
import { replicaSetKind, replicationControllerKind } from './replica-set/replicated.ts'
import type { Informers } from './runtime/informer.ts'
import { DefaultAccounts } from './service-account/default-accounts.ts'
import { RootCaPublisher } from './service-account/root-ca-publisher.ts'
import { TokenSecrets } from './service-account/token-secrets.ts'
import { StatefulSetController } from './stateful-set/controller.ts'
import { protectClaims, protectVolumes } from './storage/in-use-protection.ts'
import { TtlAfterFinished } from './ttl-after-finished/ttl-after-finished.ts'

/** What a controller is started with. It runs until the signal aborts. */
export interface ControllerContext extends SchedulerOptions {
  readonly informers: Informers
  readonly kinds: ServedKinds
  /** Signs the certificates that nodes ask for. */
  readonly authority: KeyPair
  /** Leads to other API servers. */
  readonly aggregator?: Aggregator
  /** Signs the tokens of service accounts. */
  readonly signer: TokenSigner
  /** How long certificates live at most, milliseconds. */
  readonly signingDurationMs: number
}

export interface ControllerEntry {
  /** As kube-controller-manager's `--controllers` names it. */
  readonly name: string
  /** What it was named before 1.27, which is understood still. */
  readonly alias?: string
  /** Runs only when it is named, `*` does not mean it. */
  readonly isOffByDefault?: true
  /** Returns, or resolves when it has ended. Without it the controller is known, and not there. */
  start?(context: ControllerContext): Promise<void> | void
}

/** The controllers of kube-controller-manager 1.36, in its order; one that is new here gets its `start`, and nothing else is to be changed. */
export const controllers: readonly ControllerEntry[] = [
  {
    name: 'serviceaccount-token-controller',
    alias: 'serviceaccount-token',
    start: (context) => void new TokenSecrets({ ...context, caPem: context.authority.certPem }),
  },
  { name: 'endpoints-controller', alias: 'endpoint', start: (context) => void new EndpointsController(context, ['endpoints']) },
  { name: 'endpointslice-controller', alias: 'endpointslice', start: (context) => void new EndpointsController(context, ['slices']) },
  { name: 'endpointslice-mirroring-controller', alias: 'endpointslicemirroring', start: (context) => void new EndpointSliceMirroring(context) },
  {
    name: 'replicationcontroller-controller',
    alias: 'replicationcontroller',
    start: (context) => void new ReplicaSetController(context, replicationControllerKind),
  },
  { name: 'pod-garbage-collector-controller', alias: 'podgc', start: (context) => void new PodGarbageCollector(context) },
  { name: 'resourcequota-controller', alias: 'resourcequota', start: (context) => new ResourceQuotaController(context).run() },
  { name: 'namespace-controller', alias: 'namespace', start: (context) => new NamespaceController(context).run() },
  { name: 'serviceaccount-controller', alias: 'serviceaccount', start: (context) => void new DefaultAccounts(context) },
  { name: 'garbage-collector-controller', alias: 'garbagecollector', start: (context) => new GarbageCollector(context).run() },
  { name: 'daemonset-controller', alias: 'daemonset', start: (context) => void new DaemonSetController(context) },
  { name: 'job-controller', alias: 'job', start: (context) => void new JobController(context) },
  { name: 'deployment-controller', alias: 'deployment', start: (context) => void new DeploymentController(context) },
  { name: 'replicaset-controller', alias: 'replicaset', start: (context) => void new ReplicaSetController(context, replicaSetKind) },
  {
    name: 'horizontal-pod-autoscaler-controller',
    alias: 'horizontalpodautoscaling',
    start: (context) => void new HorizontalPodAutoscalerController(context),
  },
  { name: 'disruption-controller', alias: 'disruption', start: (context) => void new DisruptionController(context) },
  { name: 'statefulset-controller', alias: 'statefulset', start: (context) => void new StatefulSetController(context) },
  { name: 'cronjob-controller', alias: 'cronjob', start: (context) => void new CronJobController(context) },
  {
    name: 'certificatesigningrequest-signing-controller',
    alias: 'csrsigning',
    start: (context) => signRequests({ ...context, durationMs: context.signingDurationMs }),
  },
  { name: 'certificatesigningrequest-approving-controller', alias: 'csrapproving', start: approveNodeClients },
  { name: 'certificatesigningrequest-cleaner-controller', alias: 'csrcleaner', start: cleanRequests },
  { name: 'podcertificaterequest-cleaner-controller' },
  { name: 'ttl-controller', alias: 'ttl' },
  { name: 'bootstrap-signer-controller', alias: 'bootstrapsigner', isOffByDefault: true },
  { name: 'token-cleaner-controller', alias: 'tokencleaner', isOffByDefault: true },
  { name: 'node-ipam-controller', alias: 'nodeipam' },
  { name: 'node-lifecycle-controller', alias: 'nodelifecycle', start: (context) => void new NodeLifecycle(context) },
  { name: 'taint-eviction-controller', start: (context) => void new TaintEviction(context) },
  { name: 'device-taint-eviction-controller' },
  { name: 'service-lb-controller', alias: 'service' },
  { name: 'node-route-controller', alias: 'route' },
  { name: 'cloud-node-lifecycle-controller', alias: 'cloud-node-lifecycle' },
  { name: 'persistentvolume-binder-controller', alias: 'persistentvolume-binder', start: (context) => void new VolumeBinder(context) },
  { name: 'persistentvolume-attach-detach-controller', alias: 'attachdetach', start: (context) => void new AttachDetachController(context) },
  { name: 'persistentvolume-expander-controller', alias: 'persistentvolume-expander', start: tellOfExpansion },
  { name: 'clusterrole-aggregation-controller', alias: 'clusterrole-aggregation', start: aggregateRoles },
  { name: 'persistentvolumeclaim-protection-controller', alias: 'pvc-protection', start: protectClaims },
  { name: 'persistentvolume-protection-controller', alias: 'pv-protection', start: protectVolumes },
  { name: 'ttl-after-finished-controller', alias: 'ttl-after-finished', start: (context) => void new TtlAfterFinished(context) },
  {
    name: 'root-ca-certificate-publisher-controller',
    alias: 'root-ca-cert-publisher',
    start: (context) => void new RootCaPublisher({ ...context, caPem: context.authority.certPem }),
  },
  { name: 'kube-apiserver-serving-clustertrustbundle-publisher-controller' },
  { name: 'ephemeral-volume-controller', alias: 'ephemeral-volume', start: (context) => void new EphemeralVolumeController(context) },
  { name: 'storageversion-garbage-collector-controller', alias: 'storage-version-gc' },
  { name: 'resourceclaim-controller', alias: 'resource-claim-controller' },
  { name: 'legacy-serviceaccount-token-cleaner-controller', alias: 'legacy-service-account-token-cleaner' },
  { name: 'validatingadmissionpolicy-status-controller', start: checkPolicyTypes },
  { name: 'service-cidr-controller' },
  { name: 'storage-version-migrator-controller' },
  { name: 'selinux-warning-controller', isOffByDefault: true },
]
