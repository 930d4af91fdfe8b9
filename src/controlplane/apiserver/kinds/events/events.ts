import type { KubeObject } from '../../../../kube/objects.ts'
import { storedVerbs } from '../../discovery/served.ts'
import type { ResourceDefinition } from '../../resource.ts'
import { events } from '../core/events.ts'

// The new names, and the core names they are stored under.
const names: readonly (readonly [string, string])[] = [
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
]

function rename(object: KubeObject, apiVersion: string, pairs: readonly (readonly [string, string])[]): KubeObject {
  const { ...renamed } = object as Record<string, unknown>
  for (const [from, to] of pairs) {
    if (!(from in renamed)) continue
    renamed[to] = renamed[from]
    delete renamed[from]
  }
  return { ...renamed, apiVersion } as KubeObject
}

/** events.k8s.io/v1 Event: another view of the core events. */
export const eventsV1: ResourceDefinition = {
  group: 'events.k8s.io',
  version: 'v1',
  resource: 'events',
  singular: 'event',
  kind: 'Event',
  namespaced: true,
  verbs: storedVerbs,
  shortNames: ['ev'],
  dependents: 'none',
  storagePrefix: events.storagePrefix,
  model: 'EventsV1Event',
  nameRule: 'subdomain',
  toStorage: (object) => rename(object, 'v1', names),
  fromStorage: (object) =>
    rename(
      object,
      'events.k8s.io/v1',
      names.map(([view, stored]) => [stored, view] as const),
    ),
}
