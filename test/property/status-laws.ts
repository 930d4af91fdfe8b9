import assert from 'node:assert/strict'
import type { PodState } from '../../src/engine/engine.ts'
import type { Container, Pod, PodStatus } from '../../src/kube/objects.ts'
import { isSidecar, isToRestart, type Life } from './start-laws.ts'

export const isTerminal = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed'

/** What a report may say after the one before: a terminal phase stands, counts never go back, times move with what they are of. */
export function assertFollows(before: PodStatus | undefined, after: PodStatus, { containers }: PodState): void {
  if (isTerminal(before?.phase)) assert.equal(after.phase, before?.phase, 'a terminal phase stands')
  if (isTerminal(after.phase)) assert.ok(!containers.some((each) => each.state === 'running'), `nothing runs in a pod that ${after.phase}`)
  const all = (status: PodStatus | undefined) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  for (const earlier of all(before)) {
    const later = all(after).find((each) => each.name === earlier.name)
    assert.ok((later?.restartCount ?? 0) >= earlier.restartCount, `${earlier.name}: a restart count never goes back`)
    const waitsAgain = earlier.state?.terminated && later?.state?.waiting && isTerminal(after.phase)
    assert.ok(!waitsAgain, `${earlier.name}: what ended does not wait again in a pod that is over`)
  }
  for (const condition of after.conditions ?? []) {
    const earlier = before?.conditions?.find((each) => each.type === condition.type)
    if (earlier?.status === condition.status) assert.equal(condition.lastTransitionTime, earlier.lastTransitionTime, `${condition.type} did not change`)
  }
}

/** A pod that ended by itself: Succeeded when all main containers did, which under Always they never do; Failed under Never alone, when all ended and one not well, or an init container failed. */
export function assertPhaseEarned(pod: Pod, phase: string | undefined, lives: readonly Life[]): void {
  const last = (container: Container) => lives.findLast((life) => life.name === container.name && life.startedAt !== undefined)
  const mains = (pod.spec?.containers ?? []).map(last)
  const policy = pod.spec?.restartPolicy
  assert.ok(phase === 'Succeeded' ? policy !== 'Always' : policy === 'Never', `${phase} under ${policy}`)
  if (phase === 'Succeeded')
    return assert.ok(
      mains.every((life) => life?.exitCode === 0 && !(policy === 'OnFailure' && isToRestart(life))),
      'Succeeded though a container did not',
    )
  // Of what vanished as it ran nobody knows how it ended: it counts as failed.
  const hasFailed = (life: Life | undefined) => life !== undefined && life.exitCode !== 0 && (life.endedAt !== undefined || life.forgotten)
  const inits = (pod.spec?.initContainers ?? []).filter((each) => !isSidecar(each)).map(last)
  const allEnded = mains.every((life) => life && (life.endedAt !== undefined || life.forgotten))
  assert.ok(inits.some(hasFailed) || (allEnded && mains.some(hasFailed)), 'Failed though it might go on')
}
