import { createHash } from 'node:crypto'
import type { RemoteVersion } from '../aggregation/remote-discovery.ts'
import { compareVersions, placeOf } from './priorities.ts'
import { groupVersion, type ServedResource } from './served.ts'

/** The media type of aggregated discovery, which kubectl 1.32 asks for first. */
export const aggregatedMediaType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/** A group and one of its versions, of this server or another. */
type Versioned = Pick<ServedResource, 'group' | 'version'>

/** Whether a request's Accept prefers aggregated discovery v2. */
export function wantsAggregated(accept: string | undefined): boolean {
  return /g=apidiscovery\.k8s\.io/.test(accept ?? '') && /v=v2(?![a-z0-9])/.test(accept ?? '') && /as=APIGroupDiscoveryList/.test(accept ?? '')
}

/** `/api`. */
export const coreVersions = (serverAddress: string) => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
})

/** `/apis`. */
export function groupList(resources: readonly Versioned[]) {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(resources).map((group) => groupEntry(group, resources)) }
}

/** `/apis/<group>`; undefined for a group that is not served. */
export function groupDocument(group: string, resources: readonly Versioned[]) {
  return groups(resources).includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group, resources) } : undefined
}

/** `/api/v1` and `/apis/<group>/<version>`; undefined for one that is not served. */
export function resourceList(wanted: string, resources: readonly ServedResource[]) {
  const served = resources.filter((resource) => groupVersion(resource) === wanted)
  if (served.length === 0) return undefined
  const entries = served.flatMap((entry) => [
    {
      name: entry.resource,
      singularName: entry.singular,
      namespaced: entry.namespaced,
      kind: entry.kind,
      verbs: entry.verbs,
      ...extras(entry),
      ...(entry.verbs.includes('watch') && { storageVersionHash: storageVersionHash(entry) }),
    },
    ...[...(entry.subresources ?? [])].sort(byName).map((sub) => ({
      name: `${entry.resource}/${sub.name}`,
      singularName: '',
      namespaced: entry.namespaced,
      ...(sub.group !== undefined && { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ])
  // The core group's list carries no apiVersion.
  return { kind: 'APIResourceList', ...(wanted !== 'v1' && { apiVersion: 'v1' }), groupVersion: wanted, resources: entries.sort(byName) }
}

/** Aggregated discovery of the core group (`/api`) or of all others (`/apis`). */
export function aggregated(core: boolean, own: readonly ServedResource[], remotes: readonly RemoteVersion[] = []) {
  const resources = [
    ...own.filter((entry) => !remotes.some((remote) => groupVersion(remote) === groupVersion(entry))),
    ...remotes.flatMap((remote) => remote.resources),
  ]
  const all: readonly Versioned[] = [...own, ...remotes]
  const names = core ? [''] : groups(all)
  const items = names.map((group) => ({
    metadata: { ...(group && { name: group }), creationTimestamp: null },
    versions: versions(group, all).map((version) => ({
      version,
      resources: resources
        .filter((entry) => entry.group === group && entry.version === version)
        .sort((a, b) => (a.resource < b.resource ? -1 : 1))
        .map(aggregatedEntry),
      freshness: remotes.some((each) => each.group === group && each.version === version && !each.isCurrent) ? 'Stale' : 'Current',
    })),
  }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items }
}

function aggregatedEntry(entry: ServedResource) {
  const subresources = [...(entry.subresources ?? [])].sort(byName).map((sub) => ({
    subresource: sub.name,
    responseKind: { group: sub.group ?? '', version: sub.version ?? '', kind: sub.kind },
    verbs: sub.verbs,
  }))
  return {
    resource: entry.resource,
    responseKind: { group: '', version: '', kind: entry.kind },
    scope: entry.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: entry.singular,
    verbs: entry.verbs,
    ...extras(entry),
    ...(subresources.length > 0 && { subresources }),
  }
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
const extras = ({ shortNames, categories }: ServedResource) => ({ ...(shortNames && { shortNames }), ...(categories && { categories }) })
const groups = (resources: readonly Versioned[]) =>
  [...new Set(resources.map(({ group }) => group).filter(Boolean))].sort((left, right) => placeOf(left) - placeOf(right))
const versions = (group: string, resources: readonly Versioned[]) =>
  [...new Set(resources.filter((entry) => entry.group === group).map(({ version }) => version))].sort(compareVersions)

function groupEntry(name: string, resources: readonly Versioned[]) {
  const entries = versions(name, resources).map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return { name, versions: entries, preferredVersion: entries[0] }
}

/** As k8s.io/apiserver discovery.StorageVersionHash: of `<group>/<version>/<kind>`, 8 bytes, base64. */
function storageVersionHash({ group, version, kind }: ServedResource): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
}
