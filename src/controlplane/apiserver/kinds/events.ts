import type { CoreEvent } from '../../../kube/objects.ts'
import { defineKind } from './kind.ts'

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

/** core/v1 Event. */
export const events = defineKind<CoreEvent>({
  resource: 'events',
  kind: 'Event',
  model: 'CoreV1Event',
  namespaced: true,
  shortNames: ['ev'],
  fields: eventFields,
  defaults(event) {
    event.metadata ??= {}
    event.source ??= {}
    event.firstTimestamp ??= null as never
    event.lastTimestamp ??= null as never
    event.eventTime ??= null as never
    event.reportingComponent ??= ''
    event.reportingInstance ??= ''
  },
})
