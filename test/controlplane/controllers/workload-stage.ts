import { silentLogger } from '../../../src/base/log.ts'
import type { Admission } from '../../../src/controlplane/apiserver/resource.ts'
import type { ServedKinds } from '../../../src/controlplane/apiserver/rest/environment.ts'
import { timestamp } from '../../../src/controlplane/apiserver/rest/object-meta.ts'
import type { Storage } from '../../../src/controlplane/apiserver/storage/storage.ts'
import type { ReplicaSetOptions } from '../../../src/controlplane/controllers/replica-set/replica-sets.ts'
import { Informers } from '../../../src/controlplane/controllers/runtime/informer.ts'
import type { Deployment, KubeObject, Pod, ReplicaSet, StatefulSet } from '../../../src/kube/objects.ts'
import { makeBackend, pods } from '../harness.ts'

/** A server in-process with the controllers that `start` makes, on a manual clock; `play` says of pods what a node would. */
export async function workloadStage(
  start: (options: ReplicaSetOptions & { readonly kinds: ServedKinds }) => void,
  admissions: readonly Admission[] = [],
  storage?: Storage,
) {
  const made = await makeBackend({ admissions, ...(storage && { storage }) })
  const { backend, clock } = made
  const stopping = new AbortController()
  const options = { backend, clock, log: silentLogger, signal: stopping.signal }
  start({ ...options, informers: new Informers(backend, stopping.signal), kinds: made.definitions })
  const list = async <T extends KubeObject>(resource: string) => (await backend.list({ resource, namespace: 'default' })).items as readonly T[]
  const activePods = async () => (await list<Pod>('pods')).filter(({ metadata }) => !metadata?.deletionTimestamp)
  const say = async (pod: Pod, status: object) => {
    await backend.update({ ...pods, name: pod.metadata?.name ?? '' }, { ...pod, status: { ...pod.status, ...status } } as Pod, { subresource: 'status' })
  }
  return {
    ...made,
    list,
    activePods,
    say,
    /** Until nothing happens any more without the clock. */
    settle: async () => {
      for (let turn = 0; turn < 60; turn++) await clock.advance(0)
    },
    ready: (pod: Pod, status: 'True' | 'False' = 'True') =>
      say(pod, { phase: 'Running', conditions: [{ type: 'Ready', status, lastTransitionTime: timestamp(clock.wall()) }] }),
    messages: async (reason: string) =>
      (await list<KubeObject & { reason?: string; message?: string }>('events')).filter((event) => event.reason === reason).map(({ message = '' }) => message),
    get: async <T extends KubeObject>(resource: string, name: string) => (await backend.get({ resource, namespace: 'default', name })) as T,
    [Symbol.dispose]() {
      stopping.abort()
    },
  }
}

export const template = (labels: Record<string, string>, image = 'app:1') => ({ metadata: { labels }, spec: { containers: [{ name: 'app', image }] } })

/** As a client writes it. */
export const aReplicaSet = (name: string, replicas: number, spec: object = {}): ReplicaSet =>
  ({ metadata: { name }, spec: { replicas, selector: { matchLabels: { app: name } }, template: template({ app: name }), ...spec } }) as ReplicaSet

/** As a client writes it. */
export const aDeployment = (name: string, replicas: number, spec: object = {}): Deployment => aReplicaSet(name, replicas, spec) as Deployment

/** As a client writes it. */
export const aStatefulSet = (name: string, replicas: number, spec: object = {}): StatefulSet =>
  aReplicaSet(name, replicas, { serviceName: name, ...spec }) as StatefulSet

export const inDefault = (resource: string) => ({ resource, namespace: 'default' })
