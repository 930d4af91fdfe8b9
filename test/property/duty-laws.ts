import assert from 'node:assert/strict'
import type { PlanResult, PodMemory } from '../../actors/pod/plan/types.ts'
import type { PodState, SandboxState } from '../../src/engine/engine.ts'
import type { Container, Pod } from '../../src/kube/objects.ts'
import { backoffMs, isSidecar, isToRestart, type Life } from './start-laws.ts'

/** The policy wants it to run (again): by how its last incarnation ended. */
export function mustRun(pod: Pod, container: Container, lives: readonly Life[]): boolean {
  const last = lives.findLast((life) => life.name === container.name && life.startedAt !== undefined)
  if (!last || isSidecar(container) || pod.spec?.restartPolicy === 'Always') return true
  // Of one that is gone nobody knows any more what it was made from: it has had its run, or has failed.
  if (last.image !== container.image && !last.forgotten) return true
  if (last.endedAt === undefined && !last.forgotten && !last.unknown) return true
  return pod.spec?.restartPolicy === 'OnFailure' && (last.exitCode !== 0 || isToRestart(last))
}

/** After such a one the failures are counted from the number of the incarnation, which may be more: no end was seen, or only by an earlier agent. */
const isUncounted = ({ knownToEarlierAgent, startedAt, endedAt }: Life) => knownToEarlierAgent === true || startedAt === undefined || endedAt === undefined

/** A container whose backoff is over is started by this plan, and one whose backoff is not is looked at again when it is. */
export function assertDue(
  pod: Pod,
  sandbox: SandboxState,
  lives: readonly Life[],
  pulls: Readonly<Record<string, { until: number }>>,
  now: number,
  result: PlanResult,
) {
  for (const container of pod.spec?.containers ?? []) {
    const own = lives.filter((life) => life.name === container.name)
    const last = own.at(-1)
    if (last?.endedAt === undefined || last.forgotten || last.sandboxId !== sandbox.id || !mustRun(pod, container, lives)) continue
    if (own.some(isUncounted)) continue
    const due = Math.max(last.image === container.image ? last.endedAt + backoffMs(container, own) : last.endedAt, pulls[container.name]?.until ?? 0)
    const starts = result.actions.some((action) => action.type === 'StartContainer' && action.name === container.name)
    assert.equal(starts, now >= due, `${container.name} is due ${due - now} ms from now`)
    assert.ok(starts || (result.wakeAt !== undefined && result.wakeAt <= due), `nobody looks when ${container.name} is due`)
  }
}

/** A pod that goes on and has come to rest is as it should be: one sandbox, all in it that must run, and of what was before what is kept. */
export function assertAtRest(pod: Pod, { sandboxes, containers }: PodState, lives: readonly Life[], verdicts: PodMemory['probes']) {
  const ready = sandboxes.filter((each) => each.ready)
  assert.equal(ready.length, 1, 'one sandbox')
  const [sandbox] = ready
  assert.ok(sandbox && sandbox.ips.length > 0, 'with an address')
  const { spec } = pod
  const kept = new Set([sandbox.id, ...containers.map(({ sandboxId }) => sandboxId)])
  assert.ok(
    sandboxes.every(({ id }) => kept.has(id)),
    'no sandbox with nothing in it stays',
  )
  const running = containers.filter((each) => each.state === 'running')
  assert.ok(
    running.every(({ sandboxId }) => sandboxId === sandbox.id),
    'what runs is in it',
  )
  const wanted = [...(spec?.containers ?? []).filter((container) => mustRun(pod, container, lives)), ...(spec?.initContainers ?? []).filter(isSidecar)]
  for (const { name, image } of wanted) {
    const run = running.find((each) => each.name === name)
    assert.ok(run, `${name} runs`)
    assert.ok(!Object.values(verdicts[run.id] ?? {}).includes(false), `${name} has failed no probe`)
    assert.equal(lives.find(({ id }) => id === run.id)?.image, image, `${name} is of the definition that is wanted`)
  }
  for (const { name } of spec?.ephemeralContainers ?? [])
    assert.ok(
      lives.some((life) => life.name === name && life.startedAt !== undefined),
      `${name} was started`,
    )
  for (const name of new Set(containers.map((each) => each.name)))
    assert.ok(containers.filter((each) => each.name === name).length <= 2, `two incarnations of ${name} are enough`)
}
