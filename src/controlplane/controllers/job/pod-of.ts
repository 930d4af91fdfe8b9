import type { Job, Pod, PodSpec } from '../../../kube/objects.ts'
import { controllerReference } from '../runtime/claim.ts'
import { completionIndex } from './indexes.ts'

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'
export const failureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count'
export const ignoredCountAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count'

/** A pod to make: of which index, and how often that index has failed. */
export interface Wanted {
  readonly index?: number
  readonly failures?: number
  readonly ignored?: number
}

// What a name generator adds, and how long a name of a pod with a hostname may be.
const longestBase = 58

/** The pod of a Job's template. */
export function podOf(job: Job, { index, failures, ignored }: Wanted): Pod {
  const { name = '', namespace } = job.metadata ?? {}
  const template = job.spec?.template
  const at = index === undefined ? '' : String(index)
  const labels = { ...template?.metadata?.labels, ...(index !== undefined && { [completionIndex]: at }) }
  const annotations = {
    ...template?.metadata?.annotations,
    ...(index !== undefined && { [completionIndex]: at }),
    ...(failures !== undefined && { [failureCountAnnotation]: String(failures) }),
    ...(ignored !== undefined && ignored > 0 && { [ignoredCountAnnotation]: String(ignored) }),
  }
  const suffix = index === undefined ? '-' : `-${at}-`
  const spec = structuredClone(template?.spec) as PodSpec
  if (index !== undefined) nameIndex(spec, `${name}-${at}`)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${name.slice(0, longestBase - suffix.length)}${suffix}`,
      namespace,
      labels,
      ...(Object.keys(annotations).length > 0 && { annotations }),
      finalizers: [...(template?.metadata?.finalizers ?? []), trackingFinalizer],
      ownerReferences: [controllerReference('batch/v1', 'Job', job)],
    },
    spec,
  }
}

/** Its containers read the index from `JOB_COMPLETION_INDEX`, and the pod is known by it in its service. */
function nameIndex(spec: PodSpec, hostname: string): void {
  spec.hostname = hostname
  const fieldRef = { fieldPath: `metadata.labels['${completionIndex}']` }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers])
    if (!container.env?.some(({ name }) => name === 'JOB_COMPLETION_INDEX'))
      container.env = [...(container.env ?? []), { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef } }]
}
