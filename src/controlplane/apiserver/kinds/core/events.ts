import type { CoreEvent } from '../../../../kube/objects.ts'
import { age } from '../../table/ages.ts'
import { column, printer } from '../../table/columns.ts'
import { nameOf } from '../../table/generic.ts'
import { validateEvent } from '../events/event-validation.ts'
import { defineKind } from '../kind.ts'

const eventFields = ({ involvedObject: about, ...event }: CoreEvent) => ({
  'involvedObject.kind': about?.kind ?? '',
  'involvedObject.namespace': about?.namespace ?? '',
  'involvedObject.name': about?.name ?? '',
  'involvedObject.uid': about?.uid ?? '',
  'involvedObject.apiVersion': about?.apiVersion ?? '',
  'involvedObject.resourceVersion': about?.resourceVersion ?? '',
  'involvedObject.fieldPath': about?.fieldPath ?? '',
  reason: event.reason ?? '',
  reportingComponent: event.reportingComponent ?? '',
  source: event.source?.component ?? event.reportingComponent ?? '',
  type: event.type ?? '',
})

const eventPrinter = printer<CoreEvent>(
  [
    column('Last Seen'),
    column('Type'),
    column('Reason'),
    column('Object'),
    column('Subobject', 1),
    column('Source', 1),
    column('Message'),
    column('First Seen', 1),
    column('Count', 1),
    { ...column('Name', 1) },
  ],
  (event, now) => {
    const first = event.firstTimestamp ?? event.eventTime
    const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? first
    const { kind, name: objectName, fieldPath } = event.involvedObject ?? {}
    return [
      age(last, now),
      event.type ?? '',
      event.reason ?? '',
      `${(kind ?? '').toLowerCase()}/${objectName ?? ''}`,
      fieldPath ?? '',
      [event.source?.component ?? event.reportingComponent, event.source?.host].filter(Boolean).join(', '),
      (event.message ?? '').trim(),
      age(first, now),
      event.series?.count ?? event.count ?? 1,
      nameOf(event),
    ]
  },
)

/** core/v1 Event. */
export const events = defineKind<CoreEvent>({
  resource: 'events',
  kind: 'Event',
  namespaced: true,
  dependents: 'none',
  shortNames: ['ev'],
  createsOnUpdate: true,
  printer: eventPrinter,
  fields: eventFields,
  defaults(event) {
    event.metadata ??= {}
    event.involvedObject ??= {}
    event.source ??= {}
    event.firstTimestamp ??= null as never
    event.lastTimestamp ??= null as never
    event.eventTime ??= null as never
    event.reportingComponent ??= ''
    event.reportingInstance ??= ''
  },
  validate: (event) => validateEvent(event, 'reportingComponent'),
})
