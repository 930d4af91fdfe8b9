import type { KubeObject, Pod, PodCondition, Status } from '../../../kube/objects.ts'
import type { AdmissionRequest } from '../resource.ts'
import { admit, idOf, prefixOf, type RestEnvironment, type Target, type WriteContext, whenAdmitted } from './environment.ts'
import { timestamp } from './object-meta.ts'
import { badRequest, conflict, notFound } from './status-errors.ts'
import { updateObject } from './update.ts'

/** The answer to both. */
export const done = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } as Status

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
      const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: timestamp(context.now) } as unknown as PodCondition
      // What was expected has come about, or has not (ClearingNominatedNodeNameAfterBinding).
      const { nominatedNodeName: _, ...status } = pod.status ?? {}
      return {
        ...pod,
        metadata: {
          ...pod.metadata,
          annotations: mergeMaps(pod.metadata?.annotations, metadata?.annotations),
          labels: mergeMaps(pod.metadata?.labels, metadata?.labels),
        },
        spec: { ...pod.spec, nodeName: node },
        status: { ...status, conditions: withCondition(pod, scheduled) },
      }
    },
    context,
    { internal: true, subresource: 'binding' },
  )
}

/** What admission sees of what is sent to a pod's subresource. Throws a 404. */
export function bodyRequest(
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

const withCondition = (pod: Pod, added: PodCondition) => [...(pod.status?.conditions ?? []).filter(({ type }) => type !== added.type), added]

function mergeMaps<T extends Record<string, string>>(a: T | undefined, b: T | undefined): T | undefined {
  return a || b ? ({ ...a, ...b } as T) : undefined
}
