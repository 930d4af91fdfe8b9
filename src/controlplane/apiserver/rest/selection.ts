import type { KubeObject } from '../../../kube/objects.ts'
import type { ResourceDefinition } from '../resource.ts'
import { nodeTopic, objectTopic } from '../storage/collection.ts'
import type { Selection } from './backend.ts'
import { parseFieldSelector } from './field-selector.ts'
import { parseLabelSelector } from './label-selector.ts'

/** What a list, watch or deletecollection is about. */
export interface Filter {
  /** Empty for all namespaces. */
  readonly namespace: string
  /** Limits the search to one node's pods. */
  readonly node: string | undefined
  /** Limits it to one object, by its id in the store. */
  readonly id: string | undefined
  /** What a watch must listen to; none is everything. */
  readonly topic: string | undefined
  matches(object: KubeObject): boolean
}

/** Selectors and namespace as one test, with the narrowest index that answers it. */
export function filterOf(definition: ResourceDefinition, namespace: string, selection: Selection): Filter {
  const labels = parseLabelSelector(selection.labelSelector)
  const fields = parseFieldSelector(definition, selection.fieldSelector)
  const node = definition.resource === 'pods' ? fields?.required('spec.nodeName') || undefined : undefined
  const name = fields?.required('metadata.name')
  const within = namespace || fields?.required('metadata.namespace')
  const id = name && (!definition.namespaced ? name : within ? `${within}/${name}` : undefined)
  return {
    namespace,
    node,
    id: id || undefined,
    topic: id ? objectTopic(id) : node ? nodeTopic(node) : undefined,
    matches: (object) =>
      (!namespace || object.metadata?.namespace === namespace) && (!labels || labels(object.metadata?.labels)) && (!fields || fields.matches(object)),
  }
}
