import { KubeError } from '../../../kube/client.ts'
import type { KubeObject, Pod, PodCondition, Status } from '../../../kube/objects.ts'
import type { DeleteOptions } from './backend.ts'
import { checkPreconditions, deleteObject } from './delete.ts'
import { type Disruption, stillProcessed, takeDisruption } from './disruption-budget.ts'
import { admit, idOf, prefixOf, type RestEnvironment, type Target, type WriteContext, whenAdmitted } from './environment.ts'
import { fitToPath, timestamp } from './object-meta.ts'
import { bodyRequest, done } from './pod-subresources.ts'
import { checkDeleteOptions } from './propagation.ts'
import { badRequest, notFound } from './status-errors.ts'
import { updateObject } from './update.ts'

type Eviction = KubeObject & { readonly deleteOptions?: DeleteOptions }

// eviction.go's EvictionsRetry: so many tries to find a pod as it was a moment ago.
const maxTries = 20

/** POST of an `Eviction`: the pod is told why it goes, then deleted with its grace, unless its disruption budget holds it (429). */
export async function evictPod(environment: RestEnvironment, target: Target, body: Eviction, context: WriteContext): Promise<Status> {
  if (body.metadata?.name !== target.name) throw badRequest('name in URL does not match name in Eviction object')
  fitToPath(body, target.namespace, undefined)
  const options = body.deleteOptions ?? {}
  checkDeleteOptions(options)
  const as = { ...context, dryRun: context.dryRun || (options.dryRun ?? []).length > 0 }
  const request = bodyRequest(environment, target, 'eviction', body, as)
  await admit(environment, request)
  await whenAdmitted(environment, request, () => evict(environment, target, options, as))
  return done
}

async function evict(environment: RestEnvironment, target: Target, options: DeleteOptions, context: WriteContext): Promise<void> {
  const isBound = options.preconditions?.resourceVersion !== undefined
  for (let tries = 1; ; tries++) {
    const pod = read(environment, target)
    // Before anything is taken from a budget for a pod that is not meant.
    checkPreconditions(target, pod, options)
    const disruption = await takeDisruption(environment, pod, context)
    // One that was let go as it was must still be so: it may have become ready meanwhile.
    const asItWas = !isBound && mustStayAsItWas(pod, disruption)
    try {
      return await remove(environment, target, asItWas ? boundTo(options, pod) : options, context)
    } catch (error) {
      if (!asItWas || !(error instanceof KubeError && error.code === 409)) throw error
      if (disruption.kind === 'unhealthy') throw stillProcessed(disruption.budget)
      if (tries >= maxTries) throw error
    }
  }
}

function mustStayAsItWas({ metadata, status }: Pod, { kind }: Disruption): boolean {
  return kind === 'unhealthy' || (kind === 'free' && status?.phase === 'Pending' && metadata?.deletionTimestamp === undefined)
}

function read({ store }: RestEnvironment, target: Target): Pod {
  const entry = store.get(prefixOf(target.definition), idOf(target))
  if (!entry) throw notFound(target.definition, target.name)
  return entry.object as Pod
}

const boundTo = (options: DeleteOptions, { metadata }: Pod): DeleteOptions =>
  ({ ...options, preconditions: { ...options.preconditions, resourceVersion: metadata?.resourceVersion } }) as DeleteOptions

/** Says on the pod why it goes, and deletes it. Nobody is asked once more whether it may: who evicts was. */
async function remove(environment: RestEnvironment, target: Target, options: DeleteOptions, context: WriteContext): Promise<void> {
  const told = context.dryRun ? undefined : await tell(environment, target, options, context)
  // It was changed by us.
  const bound = told && options.preconditions?.resourceVersion !== undefined ? boundTo(options, told) : options
  await deleteObject({ ...environment, admission: { mutating: [], validating: [] } }, target, bound, context)
}

async function tell(environment: RestEnvironment, target: Target, options: DeleteOptions, context: WriteContext): Promise<Pod> {
  const change = (old: KubeObject) => {
    checkPreconditions(target, old, options)
    const pod = old as Pod
    return { ...pod, status: { ...pod.status, conditions: withTarget(pod, context.now) } }
  }
  return (await updateObject(environment, target, change, context, { internal: true, subresource: 'status' })) as Pod
}

/** The pod's conditions with the one that says that it is evicted, which is as old as it was when it says so already. */
function withTarget({ metadata, status }: Pod, now: number): PodCondition[] {
  const conditions = status?.conditions ?? []
  const before = conditions.find(({ type }) => type === 'DisruptionTarget')
  const next = {
    type: 'DisruptionTarget',
    ...(metadata?.generation !== undefined && { observedGeneration: metadata.generation }),
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: before?.status === 'True' ? before.lastTransitionTime : timestamp(now),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  } as unknown as PodCondition
  return before ? conditions.map((condition) => (condition === before ? next : condition)) : [...conditions, next]
}
