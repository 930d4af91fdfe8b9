import { isDeepStrictEqual } from 'node:util'
import { writeJson } from '../../../../json/exact.ts'
import type { Pod, PodSpec } from '../../../../kube/objects.ts'
import { type FieldError, forbidden, invalid } from '../../../../kube/validation/field-errors.ts'

// Word for word the text of a kube-apiserver 1.32.
const allowed =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

/** What an update of the pod itself may not change. */
export function validatePodUpdate(next: Pod, previous: Pod): FieldError[] {
  const errors: FieldError[] = []
  const before = previous.spec ?? ({ containers: [] } as PodSpec)
  const after = next.spec ?? ({ containers: [] } as PodSpec)
  const deadline = after.activeDeadlineSeconds
  if (before.activeDeadlineSeconds !== undefined && (deadline === undefined || deadline > before.activeDeadlineSeconds))
    errors.push(invalid('spec.activeDeadlineSeconds', deadline ?? null, 'must be less than or equal to previous value'))
  const tolerations = new Set((after.tolerations ?? []).map(sortedJson))
  const kept = (before.tolerations ?? []).every((old) => tolerations.has(sortedJson(old)))
  if (!kept) errors.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'))
  const gates = new Set((before.schedulingGates ?? []).map(({ name }) => name))
  const gatesRemoved = (after.schedulingGates ?? []).every((gate) => gates.has(gate.name))
  if (!gatesRemoved) errors.push(forbidden('spec.schedulingGates', 'only deletion is allowed, but found new scheduling gate'))
  const diff = changedFields(frozen(before), frozen(after))
  if (diff.length > 0) errors.push(forbidden('spec', `${allowed}\n${describe(diff)}`))
  return errors
}

const sortedJson = (toleration: object) => writeJson(Object.entries(toleration).sort(([a], [b]) => (a < b ? -1 : 1)))

/** The parts of a spec that never change; what may change is taken out. */
function frozen(spec: PodSpec): Record<string, unknown> {
  const images = (containers: PodSpec['containers'] | undefined) => containers?.map(({ image: _, ...rest }) => rest)
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, schedulingGates: _gates, ...rest } = spec
  return { ...rest, containers: images(spec.containers), initContainers: images(spec.initContainers) }
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

/** Ephemeral containers may be added, never changed or removed; nothing else changes by that subresource. */
export function validateEphemeralContainers(next: Pod, previous: Pod): FieldError[] {
  const after = new Map((next.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]))
  for (const old of previous.spec?.ephemeralContainers ?? []) {
    const now = after.get(old.name)
    if (!now) return [forbidden('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(old.name)} may not be removed\n`)]
    if (!isDeepStrictEqual(now, old))
      return [forbidden('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(old.name)} may not be changed\n`)]
  }
  return []
}
