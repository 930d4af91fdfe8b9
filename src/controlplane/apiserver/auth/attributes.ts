import type { ResourcePath } from '../http/path.ts'
import type { ResourceDefinition } from '../resource.ts'
import { exactValue, parseFieldTerms } from '../rest/field-selector.ts'
import type { Attributes } from './user.ts'

const verbs: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

/** What a request about a resource asks to do (kube-apiserver's RequestInfo). A method that no verb stands for has none, which nobody but a master is allowed. */
export function attributesOf(
  method: string,
  path: ResourcePath,
  { group, resource }: Pick<ResourceDefinition, 'group' | 'resource'>,
  { watching, fieldSelector }: { readonly watching: boolean; readonly fieldSelector: string | null },
): Attributes {
  const { namespace, subresource } = path
  const one = verbs[method] ?? ''
  const verb =
    path.watch && one === 'get' ? 'watch' : path.name ? one : one === 'get' ? (watching ? 'watch' : 'list') : one === 'delete' ? 'deletecollection' : one
  const selects = ['list', 'watch', 'deletecollection'].includes(verb)
  const terms = selects ? termsOf(fieldSelector) : undefined
  // A list or watch of one object by name counts as one of that object.
  const name = path.name || (terms && exactValue(terms, 'metadata.name')) || ''
  // The name of a namespace is its own namespace too, as the real server has it.
  return { verb, group, resource, subresource, namespace: resource === 'namespaces' ? name : namespace, name, ...(terms && { fieldSelector: terms }) }
}

/** A selector that cannot be read selects nothing here; the request is refused for it later. */
function termsOf(text: string | null): Attributes['fieldSelector'] {
  if (!text) return undefined
  try {
    return parseFieldTerms(text)
  } catch {
    return undefined
  }
}
