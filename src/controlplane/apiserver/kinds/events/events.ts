import type { CoreEvent, KubeObject } from '../../../../kube/objects.ts'
import { events } from '../core/events.ts'
import { defineKind } from '../kind.ts'
import { validateEvent, validateNewEvent, validateNewEventUpdate } from './event-validation.ts'

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

const asStored = (object: KubeObject) => rename(object, 'v1', names) as CoreEvent
const asServed = (object: KubeObject) =>
  rename(
    object,
    'events.k8s.io/v1',
    names.map(([view, stored]) => [stored, view] as const),
  )

/** What a field of core events is called here; none for the old `source`. */
function viewOf(field: string): string[] {
  if (field === 'source') return []
  if (field === 'reportingComponent') return ['reportingController']
  return [field.replace(/^involvedObject\./, 'regarding.')]
}

/** events.k8s.io/v1 Event: another view of the core events. */
export const eventsV1 = defineKind<KubeObject>({
  group: 'events.k8s.io',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
  shortNames: ['ev'],
  createsOnUpdate: true,
  dependents: 'none',
  storagePrefix: events.storagePrefix,
  toStorage: asStored,
  fromStorage: asServed,
  printer: { columns: events.printer.columns, cells: (object, now) => events.printer.cells(asStored(object), now) },
  fields: (object) =>
    Object.fromEntries(Object.entries(events.fields(asStored(object))).flatMap(([field, value]) => viewOf(field).map((name) => [name, value]))),
  defaults(object) {
    const event = object as KubeObject & { eventTime?: unknown; regarding?: object; deprecatedSource?: object }
    // Go writes them even when there is nothing in them.
    event.eventTime ??= null
    event.regarding ??= {}
    event.deprecatedSource ??= {}
  },
  validate(object, previous) {
    const event = asStored(object)
    return [...validateEvent(event, 'reportingController'), ...(previous ? [] : validateNewEvent(event))]
  },
  validateUpdate: (next, previous) => validateNewEventUpdate(asStored(next), asStored(previous)),
})
