import type { KubeObject, Pod } from '../../kube/objects.ts'
import type { ResourceDefinition, SubresourceDefinition, Verb } from '../resource.ts'
import type { Kind } from './kind.ts'
import { validateName } from './names.ts'
import { kinds } from './registry.ts'

/** What to answer to a POST on a subresource, by `<plural>/<subresource>`. */
export type SubresourceHandlers = Readonly<Record<string, SubresourceDefinition['create']>>

/** Every stored kind in the form the server takes. */
export function storedDefinitions(handlers: SubresourceHandlers): ResourceDefinition[] {
  return kinds.map((kind) => toDefinition(kind, handlers))
}

function toDefinition(kind: Kind, handlers: SubresourceHandlers): ResourceDefinition {
  const { resource: plural } = kind
  const validate = (object: KubeObject) => kind.validate(object)
  return {
    group: kind.group,
    version: kind.version,
    kind: kind.kind,
    listKind: `${kind.kind}List`,
    plural,
    singular: kind.singular,
    shortNames: kind.shortNames,
    categories: kind.categories,
    namespaced: kind.namespaced,
    verbs: kind.verbs as readonly Verb[],
    subresources: (kind.subresources ?? []).map((sub) => ({ ...sub, create: handlers[`${plural}/${sub.name}`] }) as SubresourceDefinition),
    storagePrefix: kind.storagePrefix,
    model: kind.model,
    defaults: kind.defaults,
    prepareCreate: kind.prepareCreate,
    prepareUpdate: (next, old) => kind.prepareUpdate(next, old, undefined),
    prepareStatusUpdate: (next, old) => {
      keepMetadata(next, old)
      kind.prepareUpdate(next, old, 'status')
    },
    validateName: (name) => nameProblem(name, kind),
    validateCreate: validate,
    validateUpdate: (next, old) => [...kind.validateUpdate(next, old, undefined), ...validate(next)],
    validateEphemeralContainers: (next, old) => kind.validateUpdate(next, old, 'ephemeralcontainers'),
    fields: (object) => ({ ...kind.fields(object) }),
    hasGeneration: false,
    returnsDeleted: plural === 'pods' || plural === 'namespaces' || plural === 'serviceaccounts',
    createsOnUpdate: plural === 'leases' || plural === 'events' || plural === 'endpoints' || plural === 'services' || plural === 'runtimeclasses',
    ...(plural === 'pods' && { graceSeconds: podGrace }),
    ...(plural === 'namespaces' && { prepareDelete: terminateNamespace, keptByFinalizers: hasSpecFinalizers }),
  }
}

function nameProblem(name: string, kind: Kind): string | undefined {
  const [problem] = validateName('metadata.name', name, kind.nameRule)
  return problem?.message.replace(`Invalid value: ${JSON.stringify(name)}: `, '')
}

// A status write may still change labels and annotations of a node (the kubelet does), but no owner or finalizer.
function keepMetadata(next: KubeObject, old: KubeObject): void {
  if (!next.metadata) return
  next.metadata.finalizers = old.metadata?.finalizers
  next.metadata.ownerReferences = old.metadata?.ownerReferences
  if (next.metadata.finalizers === undefined) delete next.metadata.finalizers
  if (next.metadata.ownerReferences === undefined) delete next.metadata.ownerReferences
}

/** A pod that no node has, or that is done, goes at once; others have their spec's grace or the one asked for. */
function podGrace(object: KubeObject, requested: number | undefined): number {
  const { spec, status } = object as Pod
  if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0
  return Math.max(0, requested ?? spec.terminationGracePeriodSeconds ?? 30)
}

type Namespace = KubeObject & { spec?: { finalizers?: string[] }; status?: { phase?: string } }

function terminateNamespace(object: KubeObject): void {
  const namespace = object as Namespace
  namespace.status = { ...namespace.status, phase: 'Terminating' }
}

const hasSpecFinalizers = (object: KubeObject) => ((object as Namespace).spec?.finalizers?.length ?? 0) > 0
