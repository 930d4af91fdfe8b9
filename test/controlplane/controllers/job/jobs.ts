import { podOf, type Wanted } from '../../../../src/controlplane/controllers/job/pod-of.ts'
import type { Job, Pod } from '../../../../src/kube/objects.ts'

export const start = Date.UTC(2026, 0, 1)

/** A Job as the server stores it; one pod unless said. */
export function aJob(spec: Partial<NonNullable<Job['spec']>> = {}, status: Job['status'] = {}): Job {
  const template = { metadata: { labels: { job: 'work' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }
  return {
    metadata: { name: 'work', namespace: 'default', uid: 'job-uid' },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      selector: { matchLabels: { job: 'work' } },
      template,
      ...spec,
    } as never,
    status,
  }
}

export interface PodState {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  readonly leaving?: boolean
  readonly tracked?: boolean
  readonly exitCode?: number
  readonly at?: number
  readonly restarts?: number
  readonly conditions?: readonly { type: string; status: string }[]
}

/** A pod of the Job, on a node, as it was made and has become. */
export function aJobPod(job: Job, uid: string, state: PodState = {}, wanted: Wanted = {}): Pod {
  const { phase = 'Running', leaving = false, tracked = true, exitCode = phase === 'Failed' ? 1 : 0, at = start, restarts = 0 } = state
  const pod = podOf(job, wanted)
  const over = phase === 'Succeeded' || phase === 'Failed'
  const finishedAt = new Date(at).toISOString()
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      name: uid,
      uid,
      finalizers: tracked ? pod.metadata?.finalizers : [],
      ...(leaving && { deletionTimestamp: finishedAt }),
    },
    spec: { ...pod.spec, nodeName: 'node-0' },
    status: {
      phase,
      conditions: state.conditions ?? [],
      containerStatuses: [{ name: 'c', restartCount: restarts, state: over ? { terminated: { exitCode, finishedAt } } : { running: {} } }],
    },
  } as Pod
}
