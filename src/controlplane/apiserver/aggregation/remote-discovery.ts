import type { ServedResource, ServedSubresource } from '../discovery/served.ts'

/** A group version that another API server serves, as discovery tells it. */
export interface RemoteVersion {
  readonly group: string
  readonly version: string
  /** What it said last that it serves. */
  readonly resources: readonly ServedResource[]
  /** Whether it can be reached. */
  readonly isCurrent: boolean
}

interface Entry {
  readonly name?: unknown
  readonly singularName?: unknown
  readonly namespaced?: unknown
  readonly kind?: unknown
  readonly group?: unknown
  readonly version?: unknown
  readonly verbs?: unknown
  readonly shortNames?: unknown
  readonly categories?: unknown
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [])

/**
 * An APIResourceList as another server answered it, as what it serves. Of a subresource whose resource is not listed (`pods/http_requests` of custom metrics) the
 * resource is there without verbs. Throws for what is none.
 */
export function readResourceList(answer: unknown, group: string, version: string): ServedResource[] {
  const { kind, resources } = (typeof answer === 'object' && answer !== null ? answer : {}) as { kind?: unknown; resources?: unknown }
  if (kind !== 'APIResourceList') throw new Error(`the answer is no APIResourceList but ${JSON.stringify(kind)}`)
  const found = new Map<string, ServedResource & { readonly subresources: ServedSubresource[] }>()
  const entries = (Array.isArray(resources) ? resources : []).filter((each): each is Entry => typeof each === 'object' && each !== null)
  for (const entry of entries) {
    const [resource = '', name] = text(entry.name).split('/', 2)
    if (resource === '') continue
    const about = { singular: text(entry.singularName), kind: text(entry.kind), verbs: texts(entry.verbs) }
    const base = { group, version, resource, namespaced: entry.namespaced === true, subresources: found.get(resource)?.subresources ?? [] }
    if (name === undefined) {
      const [shortNames, categories] = [texts(entry.shortNames), texts(entry.categories)]
      found.set(resource, { ...base, ...about, ...(shortNames.length > 0 && { shortNames }), ...(categories.length > 0 && { categories }) })
      continue
    }
    const parent = found.get(resource) ?? { ...base, singular: '', kind: '', verbs: [] }
    found.set(resource, parent)
    const other = text(entry.version) ? { group: text(entry.group), version: text(entry.version) } : {}
    parent.subresources.push({ name, kind: about.kind, verbs: about.verbs, ...other })
  }
  return [...found.values()]
}
