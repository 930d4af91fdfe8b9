import type { ResourceDefinition, SubresourceDefinition } from '../resource.ts'
import { kinds } from './registry.ts'

/** What to answer to a POST on a subresource, by `<plural>/<subresource>`. */
export type SubresourceHandlers = Readonly<Record<string, SubresourceDefinition['create']>>

/** Every stored kind in the form the server takes, with answers for its subresources. */
export function storedDefinitions(handlers: SubresourceHandlers): ResourceDefinition[] {
  return kinds.map((kind) => ({
    ...kind,
    subresources: kind.subresources?.map((sub) => ({ ...sub, create: handlers[`${kind.resource}/${sub.name}`] ?? sub.create })),
  }))
}
