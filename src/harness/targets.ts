import { groupVersion } from '../controlplane/apiserver/discovery/served.ts'
import { kinds } from '../controlplane/apiserver/kinds/registry.ts'
import { resourceName } from '../controlplane/apiserver/resource.ts'
import type { KubeObject } from '../kube/objects.ts'

/** One object of the embedded API server. */
export interface NamedObject {
  readonly resource: string
  /** Empty for what has none. */
  readonly namespace: string
  readonly name: string
}

/** `pod/web` in a namespace: the kind by its singular, plural or short name. */
export function targetOf(what: string, namespace: string): NamedObject {
  const slash = what.indexOf('/')
  const [word, name] = [what.slice(0, slash).toLowerCase(), what.slice(slash + 1)]
  const kind = kindOf(word)
  if (slash < 1 || name === '') throw new TypeError(`${JSON.stringify(what)} is no object; write kind/name, such as pod/web or node/node-0`)
  if (!kind) throw notServed(word)
  return { resource: resourceName(kind), namespace: kind.namespaced ? namespace : '', name }
}

/** The resource that a kind's singular, plural or short name stands for. */
export function resourceOf(word: string): string {
  const kind = kindOf(word.toLowerCase())
  if (!kind) throw notServed(word)
  return resourceName(kind)
}

const kindOf = (word: string) => kinds.find((each) => [each.resource, each.singular, each.kind.toLowerCase(), ...(each.shortNames ?? [])].includes(word))

/** Where an object belongs by its own words. */
export function placeOf(object: KubeObject): NamedObject {
  const { apiVersion, kind, metadata } = object
  const found = kinds.find((each) => each.kind === kind && (each.group ? `${each.group}/${each.version}` : each.version) === apiVersion)
  if (!found) throw new TypeError(`no matches for kind ${JSON.stringify(kind ?? '')} in version ${JSON.stringify(apiVersion ?? '')}: ${elsewhere(object)}`)
  if (!metadata?.name) throw new TypeError(`an object of kind ${kind} has no metadata.name`)
  return { resource: resourceName(found), namespace: found.namespaced ? (metadata.namespace ?? 'default') : '', name: metadata.name }
}

const notServed = (word: string) => new TypeError(`the server doesn't have a resource type ${JSON.stringify(word)}: ${served()}`)

const served = () =>
  `the embedded API server has ${kinds
    .map(({ resource }) => resource)
    .sort()
    .join(', ')}`

/** What to do about a kind that is not served in that version. */
function elsewhere({ kind }: KubeObject): string {
  const other = kinds.find((each) => each.kind === kind)
  if (other) return `write apiVersion ${groupVersion(other)}`
  return `${served()}; what a controller makes of others, such as the pods of a Deployment, apply instead`
}
