import type { KubeObject, Pod, PodCondition, Status } from '../../../kube/objects.ts'
import type { AdmissionRequest } from '../resource.ts'
import type { DeleteOptions } from './backend.ts'
import { deleteObject } from './delete.ts'
import { takeDisruption } from './disruption-budget.ts'
import { admit, idOf, prefixOf, type RestEnvironment, type Target, type WriteContext, whenAdmitted } from './environment.ts'
import { timestamp } from './object-meta.ts'
import { badRequest, conflict, notFound } from './status-errors.ts'
import { updateObject } from './update.ts'

const done = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as Status

/** POST of a `Binding`: the pod gets its node, once. */
export async function bindPod(environment: RestEnvironment, target: Target, body: KubeObject, context: WriteContext): Promise<Status> {
  const { target: to } = body as KubeObject & { target?: { kind?: string; name?: string } }
  if (!to?.name || (to.kind && to.kind !== 'Node')) throw badRequest('target: a binding needs a target of kind Node with a name')
  const request = bodyRequest(environment, target, 'binding', body, context)
  await admit(environment, request)
  await whenAdmitted(environment, request, () => bind(environment, target, body, to.name ?? '', context))
  return done
}

async function bind(environment: RestEnvironment, target: Target, { metadata }: KubeObject, node: string, context: WriteContext): Promise<void> {
  const { name } = target
  const binding = { group: '', resource: 'pods/binding', kind: 'Binding' }
  await updateObject(
    environment,
    target,
    (old) => {
      const pod = old as Pod
      if (metadata?.uid && metadata.uid !== pod.metadata?.uid)
        throw conflict(binding, name, `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${pod.metadata?.uid}`)
      if (pod.metadata?.deletionTimestamp) throw conflict(binding, name, `pod ${name} is being deleted, cannot be assigned to a host`)
      if (pod.spec?.nodeName) throw conflict(binding, name, `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`)
      const scheduled = condition('PodScheduled', context.now)
      return {
        ...pod,
        metadata: {
          ...pod.metadata,
          annotations: mergeMaps(pod.metadata?.annotations, metadata?.annotations),
          labels: mergeMaps(pod.metadata?.labels, metadata?.labels),
        },
        spec: { ...pod.spec, nodeName: node },
        status: { ...pod.status, conditions: withCondition(pod, scheduled) },
      }
    },
    context,
    { internal: true, subresource: 'binding' },
  )
}

/** POST of an `Eviction`: the pod is told why it goes, then deleted with its grace, unless its disruption budget holds it (429). */
export async function evictPod(environment: RestEnvironment, target: Target, body: KubeObject, context: WriteContext): Promise<Status> {
  const { name } = target
  const { deleteOptions } = body as KubeObject & { deleteOptions?: DeleteOptions }
  if (body.metadata?.name && body.metadata.name !== name) throw badRequest(`name in URL does not match name in Eviction object: ${name}`)
  const request = bodyRequest(environment, target, 'eviction', body, context)
  await admit(environment, request)
  await whenAdmitted(environment, request, () => evict(environment, target, deleteOptions ?? {}, context))
  return done
}

async function evict(environment: RestEnvironment, target: Target, options: DeleteOptions, context: WriteContext): Promise<void> {
  const { definition, name } = target
  const entry = environment.store.get(prefixOf(definition), idOf(target))
  if (!entry) throw notFound(definition, name)
  await takeDisruption(environment, entry.object as Pod, context)
  const phase = (entry.object as Pod).status?.phase
  // A pod that has ended, has no node or is going already needs no reason.
  if (phase !== 'Succeeded' && phase !== 'Failed' && !entry.object.metadata?.deletionTimestamp) {
    const disrupted = condition('DisruptionTarget', context.now, { reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' })
    await updateObject(
      environment,
      target,
      (pod) => ({ ...pod, status: { ...(pod as Pod).status, conditions: withCondition(pod as Pod, disrupted) } }),
      context,
      {
        internal: true,
        subresource: 'status',
      },
    )
  }
  await deleteObject(environment, target, options, context)
}

function bodyRequest(
  environment: RestEnvironment,
  { definition, namespace, name }: Target,
  subresource: string,
  object: KubeObject,
  context: WriteContext,
): AdmissionRequest {
  const old = environment.store.get(prefixOf(definition), idOf({ namespace, name }))?.object
  if (!old) throw notFound(definition, name)
  return { operation: 'CREATE', definition, subresource, namespace, name, object, old, context }
}

function condition(type: string, now: number, why: { reason?: string; message?: string } = {}): PodCondition {
  return { type, status: 'True', lastProbeTime: null, lastTransitionTime: timestamp(now), ...why } as unknown as PodCondition
}

const withCondition = (pod: Pod, added: PodCondition) => [...(pod.status?.conditions ?? []).filter(({ type }) => type !== added.type), added]

function mergeMaps<T extends Record<string, string>>(a: T | undefined, b: T | undefined): T | undefined {
  return a || b ? ({ ...a, ...b } as T) : undefined
}
