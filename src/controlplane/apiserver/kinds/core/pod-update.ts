import { isDeepStrictEqual } from 'node:util'
import { writeJson } from '../../../../json/exact.ts'
import type { Container, Pod, PodSpec } from '../../../../kube/objects.ts'
import { eachOf, type FieldError, forbidden, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { gatedPart, validateGatedPod } from './gated-pod-update.ts'

const allowed =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

const longestDeadline = 2 ** 31 - 1

/** What an update of the pod itself may not change: `ValidatePodUpdate`. */
export function validatePodUpdate(next: Pod, previous: Pod): FieldError[] {
  const before = previous.spec ?? ({ containers: [] } as PodSpec)
  const after = next.spec ?? ({ containers: [] } as PodSpec)
  const errors: FieldError[] = []
  for (const list of ['containers', 'initContainers'] as const) {
    const [now, then] = [after[list] ?? [], before[list] ?? []]
    if (now.length !== then.length) return [...errors, forbidden(`spec.${list}`, 'pod updates may not add or remove containers')]
    errors.push(...eachOf(`spec.${list}`, now, validateImage))
  }
  const deadline = validateDeadline(after.activeDeadlineSeconds, before.activeDeadlineSeconds)
  errors.push(...deadline)
  if (deadline.length > 0 && after.activeDeadlineSeconds !== undefined) return errors
  const kept = (before.tolerations ?? []).every((old) => after.tolerations?.some((now) => isSameToleration(now, old)))
  if (!kept) errors.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'))
  errors.push(...validateGates(after, before))
  const isGated = (before.schedulingGates?.length ?? 0) > 0
  if (isGated) errors.push(...validateGatedPod(after, before))
  const diff = changedFields(frozen(before, before, isGated), frozen(after, before, isGated))
  if (diff.length > 0) errors.push(forbidden('spec', `${allowed}\n${describe(diff)}`))
  return errors
}

function validateImage(at: string, { image = '' }: Container): FieldError[] {
  if (image === '') return [required(`${at}.image`)]
  return image === image.trim() ? [] : [invalid(`${at}.image`, image, 'must not have leading or trailing whitespace')]
}

function validateDeadline(now: number | undefined, before: number | undefined): FieldError[] {
  const field = 'spec.activeDeadlineSeconds'
  // Go's nil, as it is shown.
  if (now === undefined) return before === undefined ? [] : [invalid(field, 'null', 'must not update from a positive integer to nil value')]
  if (now < 0 || now > longestDeadline) return [invalid(field, now, `must be between 0 and ${longestDeadline}, inclusive`)]
  return before !== undefined && before < now ? [invalid(field, now, 'must be less than or equal to previous value')] : []
}

type Toleration = NonNullable<PodSpec['tolerations']>[number]

/** How long a taint is tolerated may change. */
const isSameToleration = ({ tolerationSeconds: _now, ...now }: Toleration, { tolerationSeconds: _then, ...then }: Toleration) => isDeepStrictEqual(now, then)

function validateGates({ schedulingGates: now }: PodSpec, { schedulingGates: before }: PodSpec): FieldError[] {
  const known = new Set((before ?? []).map(({ name }) => name))
  return eachOf('spec.schedulingGates', now, (at, { name }) =>
    known.has(name) ? [] : [forbidden(`${at}.name`, `only deletion is allowed, but found new scheduling gate '${name}'`)],
  )
}

/** The parts of a spec that never change; what may change is as it was. */
function frozen(spec: PodSpec, before: PodSpec, isGated: boolean): Record<string, unknown> {
  const images = (containers: PodSpec['containers'] | undefined) => containers?.map(({ image: _, ...rest }) => rest)
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, schedulingGates: _gates, ...rest } = spec
  const grace = spec.terminationGracePeriodSeconds === 1 && (before.terminationGracePeriodSeconds ?? 0) < 0
  return {
    ...rest,
    ...(grace && { terminationGracePeriodSeconds: before.terminationGracePeriodSeconds }),
    ...(isGated && gatedPart(spec)),
    containers: images(spec.containers),
    initContainers: images(spec.initContainers),
  }
}

interface Change {
  readonly field: string
  readonly from: unknown
  readonly to: unknown
}

function changedFields(before: Record<string, unknown>, after: Record<string, unknown>): Change[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...fields]
    .filter((field) => !isDeepStrictEqual(before[field], after[field]))
    .map((field) => ({ field: field.charAt(0).toUpperCase() + field.slice(1), from: before[field], to: after[field] }))
}

// The real server prints a diff of Go structs; this one keeps its frame and shows the changed fields.
function describe(changes: readonly Change[]): string {
  const lines = changes.flatMap(({ field, from, to }) => [`- \t${field}: ${writeJson(from) ?? 'nil'},`, `+ \t${field}: ${writeJson(to) ?? 'nil'},`])
  return `  core.PodSpec{\n${lines.join('\n')}\n  }\n`
}

const mirror = 'kubernetes.io/config.mirror'

/** Ephemeral containers may be added, never changed or removed; nothing else changes by that subresource. */
export function validateEphemeralContainers(next: Pod, previous: Pod): FieldError[] {
  if (previous.metadata?.annotations?.[mirror] !== undefined) return [forbidden('[]', 'static pods do not support ephemeral containers')]
  const after = new Map((next.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]))
  const refused = (name: string, what: string) =>
    forbidden('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(name)} may not be ${what}\n`)
  return (previous.spec?.ephemeralContainers ?? []).flatMap((old) => {
    const now = after.get(old.name)
    if (!now) return [refused(old.name, 'removed')]
    return isDeepStrictEqual(now, old) ? [] : [refused(old.name, 'changed')]
  })
}
