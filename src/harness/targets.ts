import { groupVersion } from '../controlplane/apiserver/discovery/served.ts'
import { type ResourceDefinition, resourceName } from '../controlplane/apiserver/resource.ts'
import type { ServedKinds } from '../controlplane/apiserver/rest/environment.ts'
import type { KubeObject } from '../kube/objects.ts'

/** One object of the embedded API server. */
export interface NamedObject {
  readonly resource: string
  /** Empty for what has none. */
  readonly namespace: string
  readonly name: string
}

/** `pod/web` in a namespace: the kind by its singular, plural or short name, with its group or without: `deployment.apps/web`. */
export function targetOf(kinds: ServedKinds, what: string, namespace: string): NamedObject {
  const slash = what.indexOf('/')
  const [word, name] = [what.slice(0, slash), what.slice(slash + 1)]
  if (slash < 1 || name === '') throw new TypeError(`${JSON.stringify(what)} is no object; write kind/name, such as pod/web or node/node-0`)
  const kind = kindOf(kinds, word)
  return { resource: resourceName(kind), namespace: kind.namespaced ? namespace : '', name }
}

/** The resource that a kind's singular, plural or short name stands for. */
export const resourceOf = (kinds: ServedKinds, word: string): string => resourceName(kindOf(kinds, word))

function kindOf(kinds: ServedKinds, word: string): ResourceDefinition {
  const found = stored(kinds).find((kind) => wordsFor(kind).includes(word.toLowerCase()))
  if (!found) throw new TypeError(`the server doesn't have a resource type ${JSON.stringify(word)}: ${served(kinds)}`)
  return found
}

function wordsFor({ resource, singular, kind, shortNames = [], group }: ResourceDefinition): string[] {
  const words = [resource, singular, kind.toLowerCase(), ...shortNames]
  return group ? [...words, ...words.map((word) => `${word}.${group}`)] : words
}

/** Where an object belongs by its own words. */
export function placeOf(kinds: ServedKinds, object: KubeObject): NamedObject {
  const { apiVersion, kind, metadata } = object
  const found = stored(kinds).find((each) => each.kind === kind && groupVersion(each) === apiVersion)
  if (!found)
    throw new TypeError(`no matches for kind ${JSON.stringify(kind ?? '')} in version ${JSON.stringify(apiVersion ?? '')}: ${elsewhere(kinds, object)}`)
  if (!metadata?.name) throw new TypeError(`an object of kind ${kind} has no metadata.name`)
  return { resource: resourceName(found), namespace: found.namespaced ? (metadata.namespace ?? 'default') : '', name: metadata.name }
}

const stored = ({ all }: ServedKinds) => all.filter(({ storagePrefix }) => storagePrefix !== undefined)

const served = (kinds: ServedKinds) =>
  `the embedded API server has ${[...new Set(stored(kinds).map(({ resource }) => resource))].sort().join(', ')}; a custom kind is served once its definition is given (startCluster({ crds }))`

/** What to do about a kind that is not served in that version. */
function elsewhere(kinds: ServedKinds, { kind }: KubeObject): string {
  const other = stored(kinds).find((each) => each.kind === kind)
  return other ? `write apiVersion ${groupVersion(other)}` : served(kinds)
}
