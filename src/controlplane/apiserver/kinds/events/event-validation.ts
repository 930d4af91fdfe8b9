import { isDeepStrictEqual } from 'node:util'
import type { CoreEvent } from '../../../../kube/objects.ts'
import { type FieldError, immutable, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { validateName, validateQualifiedName } from '../../../../kube/validation/names.ts'

const longest = 128
const longestMessage = 1024

const tooMany = (field: string, text: string | undefined, limit: number): FieldError[] =>
  (text?.length ?? 0) > limit ? [invalid(field, '', `can have at most ${limit} characters`)] : []

/** What is asked of every event, whichever API it came by; `reporter` is the name of its reportingComponent there. */
export function validateEvent(event: CoreEvent, reporter: string): FieldError[] {
  const about = event.involvedObject?.namespace ?? ''
  const namespace = event.metadata?.namespace ?? ''
  const elsewhere = invalid('involvedObject.namespace', about, 'does not match event.namespace')
  const errors: FieldError[] = []
  if (!event.eventTime) {
    if (about === '' ? namespace !== '' && namespace !== 'default' : namespace !== about) errors.push(elsewhere)
  } else {
    if (about === '' && namespace !== 'default' && namespace !== 'kube-system') errors.push(elsewhere)
    if (!event.reportingComponent) errors.push(required(reporter))
    errors.push(...validateQualifiedName(reporter, event.reportingComponent ?? ''))
    if (!event.reportingInstance) errors.push(required('reportingInstance'))
    errors.push(...tooMany('reportingInstance', event.reportingInstance, longest))
    if (!event.action) errors.push(required('action'))
    errors.push(...tooMany('action', event.action, longest))
    if (!event.reason) errors.push(required('reason'))
    errors.push(...tooMany('reason', event.reason, longest), ...tooMany('message', event.message, longestMessage))
  }
  return [...errors, ...validateName('namespace', namespace, 'subdomain')]
}

/** What is asked beside of one that comes by events.k8s.io/v1: it is of the new form. */
export function validateNewEvent(event: CoreEvent): FieldError[] {
  const unset = (field: string, set: boolean) => (set ? [invalid(field, '', 'needs to be unset')] : [])
  return [
    ...validateSeries(event),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(event.type === 'Normal' || event.type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${event.type ?? ''}`)]),
    ...unset('firstTimestamp', Boolean(event.firstTimestamp)),
    ...unset('lastTimestamp', Boolean(event.lastTimestamp)),
    ...unset('count', Boolean(event.count)),
    ...unset('source', Boolean(event.source?.component || event.source?.host)),
  ]
}

function validateSeries({ series }: CoreEvent): FieldError[] {
  if (!series) return []
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ]
}

const fixed = ['involvedObject', 'reason', 'reportingComponent', 'reportingInstance', 'action', 'type', 'eventTime', 'related'] as const
const fieldNames: Readonly<Partial<Record<(typeof fixed)[number], string>>> = { reportingComponent: 'reportingController' }

/** What an update by events.k8s.io/v1 may not change of an event of the new form. */
export function validateNewEventUpdate(next: CoreEvent, previous: CoreEvent): FieldError[] {
  const changed = fixed.flatMap((field) => immutable(fieldNames[field] ?? field, next[field], previous[field]))
  const taken = previous.series && !next.series && !isDeepStrictEqual(previous.series, next.series)
  return [...validateSeries(next), ...changed, ...(taken ? [invalid('series', null, 'field is immutable')] : [])]
}
