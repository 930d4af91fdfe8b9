import type { ResourceDefinition, SubresourceDefinition } from '../resource.ts'
import { kinds } from './registry.ts'

/** What to answer to a POST on a subresource, by `<plural>/<subresource>`. */
export type SubresourceHandlers = Readonly<Record<string, SubresourceDefinition['create']>>

// The kinds whose real strategies say so (AllowCreateOnUpdate; the delete that returns the object).
const createdOnUpdate = new Set(['leases', 'events', 'endpoints', 'services', 'endpointslices'])
const returnedOnDelete = new Set(['pods', 'namespaces', 'serviceaccounts', 'services', 'persistentvolumes', 'persistentvolumeclaims'])

/** Every stored kind in the form the server takes, with answers for its subresources. */
export function storedDefinitions(handlers: SubresourceHandlers): ResourceDefinition[] {
  return kinds.map((kind) => ({
    ...kind,
    subresources: kind.subresources?.map((sub) => ({ ...sub, create: handlers[`${kind.resource}/${sub.name}`] })),
    createsOnUpdate: createdOnUpdate.has(kind.resource),
    returnsDeleted: returnedOnDelete.has(kind.resource),
  }))
}
