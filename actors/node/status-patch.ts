import { isDeepStrictEqual } from 'node:util'
import { parseJson, writeJson } from '../../src/json/exact.ts'
import type { ContainerStatus, PodCondition, PodStatus } from '../../src/kube/objects.ts'

/** The pod is on its way to Ready and nothing has gone wrong: containers wait for their first start, have just started, or (init containers) have succeeded. */
export function isProgress(sent: PodStatus | undefined, status: PodStatus): boolean {
  if (status.reason || !(status.phase === 'Pending' || (status.phase === 'Running' && (sent?.phase ?? 'Pending') === 'Pending'))) return false
  const ready = status.conditions?.find((condition) => condition.type === 'Ready')
  if (ready?.status === 'True') return false
  const started = (each: ContainerStatus) =>
    each.restartCount === 0 && (each.state?.running !== undefined || ['ContainerCreating', 'PodInitializing'].includes(each.state?.waiting?.reason ?? ''))
  return (
    (status.containerStatuses ?? []).every(started) &&
    (status.initContainerStatuses ?? []).every((each) => started(each) || (each.restartCount === 0 && each.state?.terminated?.reason === 'Completed'))
  )
}

/** Whether the API server's status already says what ours says; what others wrote (conditions of controllers) does not count. */
export function sameStatus(theirs: PodStatus | undefined, ours: PodStatus): boolean {
  if (!theirs || clearable.some((key) => theirs[key] !== undefined && ours[key] === undefined)) return false
  for (const [key, value] of Object.entries(ours)) {
    const other = theirs[key as keyof PodStatus]
    // A server that counts specs may drop what we saw of them (1.33 by default).
    if (key === 'observedGeneration' && other === undefined) continue
    if (key === 'conditions') {
      const byType = new Map(theirs.conditions?.map((condition) => [condition.type, condition]))
      for (const condition of ours.conditions ?? []) {
        const same = byType.get(condition.type)
        if (!same || same.status !== condition.status || same.reason !== condition.reason || same.message !== condition.message) return false
      }
    } else if (!isDeepStrictEqual(plain(value), plain(other))) return false
  }
  return true
}

/** Without what JSON leaves out. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : parseJson(writeJson(value)))

/** What a status may have and have no more. */
const clearable = ['reason', 'message', 'podIP', 'podIPs', 'resize'] as const

function withoutOld(condition: PodCondition, sent: readonly PodCondition[] | undefined): Record<string, unknown> {
  const old = sent?.find(({ type }) => type === condition.type)
  const gone = (['reason', 'message'] as const).filter((key) => old?.[key] !== undefined && condition[key] === undefined)
  return { ...condition, ...Object.fromEntries(gone.map((key) => [key, null])) }
}

/** Lists that merge as a whole are sent whole; fields that we no longer set are cleared. */
export function patchOf(sent: PodStatus | undefined, status: PodStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = { ...status }
  for (const key of clearable) if (sent?.[key] !== undefined && status[key] === undefined) patch[key] = null
  // Conditions merge by type: a reason that is gone must be said to be.
  if (status.conditions) patch.conditions = status.conditions.map((condition) => withoutOld(condition, sent?.conditions))
  // podIPs and hostIPs merge by ip: an address that is gone must be said to be.
  for (const key of ['podIPs', 'hostIPs'] as const)
    if (status[key] && sent?.[key] && !isDeepStrictEqual(plain(status[key]), plain(sent[key]))) patch[key] = [{ $patch: 'replace' }, ...(status[key] ?? [])]
  return patch
}
