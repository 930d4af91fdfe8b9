import type { KubeObject } from '../kube/objects.ts'

interface Known {
  readonly conditions: readonly string[]
  readonly phases?: readonly string[]
}

/** Has no condition of that name, but is asked of it by everybody: all that are wanted are there, of the present spec, and ready. */
const workload: Known = { conditions: ['Ready'] }

/** What each kind can be awaited as, sooner or later. Of others, custom ones too, only what they show is known. */
const known: Readonly<Record<string, Known>> = {
  pods: {
    conditions: ['PodScheduled', 'PodReadyToStartContainers', 'Initialized', 'ContainersReady', 'Ready'],
    phases: ['Pending', 'Running', 'Succeeded', 'Failed'],
  },
  nodes: { conditions: ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'] },
  namespaces: { conditions: [], phases: ['Active', 'Terminating'] },
  persistentvolumes: { conditions: [], phases: ['Pending', 'Available', 'Bound', 'Released', 'Failed'] },
  persistentvolumeclaims: { conditions: ['Resizing', 'FileSystemResizePending'], phases: ['Pending', 'Bound', 'Lost'] },
  replicationcontrollers: { conditions: ['Ready', 'ReplicaFailure'] },
  'replicasets.apps': { conditions: ['Ready', 'ReplicaFailure'] },
  'deployments.apps': { conditions: ['Ready', 'Available', 'Progressing', 'ReplicaFailure'] },
  'statefulsets.apps': workload,
  'daemonsets.apps': workload,
  'jobs.batch': { conditions: ['Complete', 'Failed', 'Suspended', 'SuccessCriteriaMet', 'FailureTarget'] },
  'horizontalpodautoscalers.autoscaling': { conditions: ['AbleToScale', 'ScalingActive', 'ScalingLimited'] },
  'poddisruptionbudgets.policy': { conditions: ['DisruptionAllowed'] },
  'certificatesigningrequests.certificates.k8s.io': { conditions: ['Approved', 'Denied', 'Failed'] },
  'customresourcedefinitions.apiextensions.k8s.io': { conditions: ['Established', 'NamesAccepted', 'Terminating'] },
  'apiservices.apiregistration.k8s.io': { conditions: ['Available'] },
}

type Shown = KubeObject & {
  readonly spec?: { readonly replicas?: number }
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly readyReplicas?: number
    readonly updatedReplicas?: number
    readonly desiredNumberScheduled?: number
    readonly numberReady?: number
    readonly updatedNumberScheduled?: number
  }
}

/** Whether an object is in that phase, or has that condition True; a workload is `Ready` when all of it is. */
export function isSo(resource: string, object: KubeObject, awaited: string): boolean {
  const { status } = object as Shown
  if (status?.phase === awaited || status?.conditions?.some(({ type, status: value }) => type === awaited && value === 'True') === true) return true
  return awaited === 'Ready' && isReadyWorkload(resource, object as Shown)
}

function isReadyWorkload(resource: string, { metadata, spec, status }: Shown): boolean {
  if (!status || (status.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return false
  switch (resource) {
    case 'replicasets.apps':
    case 'replicationcontrollers':
      return (status.readyReplicas ?? 0) === (spec?.replicas ?? 1) && (status.replicas ?? 0) === (spec?.replicas ?? 1)
    case 'deployments.apps':
    case 'statefulsets.apps': {
      const wanted = spec?.replicas ?? 1
      return [status.replicas, status.updatedReplicas, status.readyReplicas].every((count = 0) => count === wanted)
    }
    case 'daemonsets.apps':
      return status.numberReady === status.desiredNumberScheduled && (status.updatedNumberScheduled ?? 0) === status.desiredNumberScheduled
    default:
      return false
  }
}

/** Says so when what is awaited is no condition and no phase of the kind, such as `ready`. */
export function misspelt(resource: string, object: KubeObject | undefined, awaited: string): string | undefined {
  if (awaited === 'Deleted' || object === undefined) return undefined
  const { status } = object as Shown
  const { conditions = [], phases = [] } = known[resource] ?? {}
  const named = [...new Set([...conditions, ...(status?.conditions ?? []).map(({ type }) => type), ...phases, ...(status?.phase ? [status.phase] : [])])]
  // A kind that nothing is known of may still come to have it.
  if (named.includes(awaited) || (known[resource] === undefined && named.length === 0)) return undefined
  return `it has no condition ${awaited}; it has ${named.join(', ') || 'none'}`
}
