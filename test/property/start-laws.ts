import assert from 'node:assert/strict'
import type { Container, Pod } from '../../src/kube/objects.ts'

/** One incarnation as the model saw it, kept when the engine has forgotten it. Wall-clock milliseconds. */
export interface Life {
  readonly id: string
  readonly name: string
  readonly attempt: number
  readonly sandboxId: string
  readonly image: string
  /** Undefined while it is only created. */
  startedAt?: number
  endedAt?: number
  exitCode?: number
  /** Its startup probe passed, or it has none. */
  passedStartup: boolean
  /** Its postStart is done, or it has none. */
  postStarted: boolean
  /** The agent was restarted since. */
  knownToEarlierAgent?: boolean
  /** It was the newest, and gone when the agent was restarted: nobody could tell the new one of it. */
  lost?: boolean
  /** The agent killed it for another to take its place. */
  killedToRestart?: boolean
  /** The engine knows it no more. */
  forgotten: boolean
  /** The engine cannot tell whether it runs: it has ended, and not well, as far as the policy goes. */
  unknown?: boolean
}

/** kubelet 1.32's delays, written out: a restart at once, then doubling from 10 s to 300 s; 10 good minutes forget what was. */
const delays = [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000]
const goodRunMs = 600_000

/** Killed for another to take its place, by this agent, which still sees it. */
export const isToRestart = ({ killedToRestart, knownToEarlierAgent, forgotten }: Life) => killedToRestart === true && !knownToEarlierAgent && !forgotten

export const isSidecar = (container: Container) => container.restartPolicy === 'Always'

/** What must hold whenever a container is started, however the plan came about. */
export function assertMayStart(pod: Pod, container: Container, attempt: number, sandboxId: string, lives: readonly Life[], now: number): void {
  const own = lives.filter((life) => life.name === container.name)
  const told = `${container.name} attempt ${attempt}`
  assert.ok(!own.some((life) => life.startedAt !== undefined && life.endedAt === undefined && !life.forgotten), `${told} starts beside one that runs`)
  const used = own.filter((life) => life.startedAt !== undefined).map((life) => life.attempt)
  assert.ok(
    used.every((each) => each < attempt),
    `${told}: the number was used`,
  )
  assertPolicy(pod, container, sandboxId, own, told)
  assertOrder(pod, container, sandboxId, lives, told)
  assertBackoff(container, own, now, told)
}

function assertPolicy(pod: Pod, container: Container, sandboxId: string, own: readonly Life[], told: string): void {
  const last = own.findLast((life) => life.startedAt !== undefined)
  if (!last) return
  if (pod.spec?.ephemeralContainers?.some(({ name }) => name === container.name)) assert.fail(`${told}: an ephemeral container starts once`)
  const isInit = pod.spec?.initContainers?.some(({ name }) => name === container.name)
  // What was killed for its definition is made anew, whatever the policy; a sidecar always is.
  if (last.image !== container.image || (isInit && isSidecar(container))) return
  const policy = pod.spec?.restartPolicy
  if (!isInit) {
    assert.ok(policy !== 'Never', `${told}: restarted under Never`)
    assert.ok(!(policy === 'OnFailure' && last.exitCode === 0 && !last.killedToRestart), `${told}: restarted after success under OnFailure`)
  } else if (last.sandboxId === sandboxId && !last.forgotten) {
    assert.ok(last.exitCode !== 0, `${told}: an init container that succeeded runs again in its sandbox`)
    assert.ok(policy !== 'Never', `${told}: an init container that failed runs again under Never`)
  }
}

/** Every init container before it has succeeded, every sidecar before it has once started, in this sandbox. */
function assertOrder(pod: Pod, container: Container, sandboxId: string, lives: readonly Life[], told: string): void {
  const inits = pod.spec?.initContainers ?? []
  if (pod.spec?.ephemeralContainers?.some(({ name }) => name === container.name)) return
  const place = inits.findIndex(({ name }) => name === container.name)
  for (const before of place < 0 ? inits : inits.slice(0, place)) {
    const here = lives.filter((life) => life.name === before.name && life.sandboxId === sandboxId)
    const done = isSidecar(before) ? here.some((life) => life.passedStartup && life.postStarted) : here.some((life) => life.exitCode === 0)
    assert.ok(done, `${told} starts before ${before.name} is done`)
  }
  if (place < 0 || isSidecar(container)) return
  const later = [...inits.slice(place + 1), ...(pod.spec?.containers ?? [])].map(({ name }) => name)
  const begun = lives.find((life) => life.sandboxId === sandboxId && later.includes(life.name) && !life.forgotten)
  assert.equal(begun, undefined, `${told} runs again after a later one has begun`)
}

function assertBackoff(container: Container, own: readonly Life[], now: number, told: string): void {
  const last = own.findLast((life) => life.startedAt !== undefined)
  if (last?.endedAt === undefined || last.image !== container.image) return
  if (own.some(({ lost }) => lost)) return
  const delay = backoffMs(container, own)
  assert.ok(now >= last.endedAt + delay, `${told} starts ${now - last.endedAt} ms after its end, not after ${delay}`)
}

/** How long after its last end a container may start again: by its failures in a row under the present definition. Those that vanished as they ran are none. */
export function backoffMs(container: Container, own: readonly Life[]): number {
  let failures = 0
  for (const { startedAt, endedAt, image } of own) {
    if (startedAt === undefined || endedAt === undefined) continue
    if (image !== container.image) failures = 0
    else failures = endedAt - startedAt >= goodRunMs ? 1 : failures + 1
  }
  return delays[Math.min(failures, delays.length) - 1] ?? 0
}

/** One that was made and could not be started is started again; what was made of another definition, or for another sandbox, is not. */
export function assertTakesMade({ name, image }: Container, attempt: number, sandboxId: string, made: Life): void {
  const fits = made.image === image && made.sandboxId === sandboxId
  assert.equal(attempt === made.attempt, fits, `${name} attempt ${attempt} beside one that was only made (${made.attempt})`)
}
