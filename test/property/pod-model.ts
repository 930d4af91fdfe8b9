import assert from 'node:assert/strict'
import { containerHash } from '../../actors/pod/container-config/hash.ts'
import { annotationNames } from '../../actors/pod/container-config/labels.ts'
import { initialMemory, MemoryCell, newestByName } from '../../actors/pod/memory.ts'
import { isAlive } from '../../actors/pod/plan/incarnations.ts'
import { plan } from '../../actors/pod/plan/plan.ts'
import type { Action, PlanResult, PodMemory } from '../../actors/pod/plan/types.ts'
import { backoffAfterExit } from '../../actors/pod/restart-backoff.ts'
import { podStatus } from '../../actors/pod/status/pod-status.ts'
import { assertNever } from '../../src/base/assert-never.ts'
import type { ContainerId } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Container, Pod, PodStatus } from '../../src/kube/objects.ts'
import { secondsOf } from '../../src/kube/seconds.ts'
import { assertGrace, assertMayKill, assertMayRemove } from './action-laws.ts'
import type { Happening } from './arbitrary-pods.ts'
import { assertDue } from './duty-laws.ts'
import { EngineModel } from './engine-model.ts'
import { assertMayStart, assertTakesMade, type Life } from './start-laws.ts'
import { assertFollows, assertPhaseEarned, isTerminal } from './status-laws.ts'

/** What changes the ground for others is carried out alone. */
const alone: ReadonlySet<string> = new Set<Action['type']>(['PrepareVolumes', 'CreateSandbox', 'KillSandbox', 'TerminatePod', 'CleanUp'])

/** One pod, its engine and its agent's memory, all as values: carries out plans at once and holds every step to the laws. */
export class PodModel {
  pod: Pod
  now = Date.UTC(2026, 0, 1)
  readonly engine = new EngineModel()
  readonly lives: Life[] = []
  readonly #seenExits = new Set<string>()
  #memory: MemoryCell
  #statusStands = false
  /** When the node accepted the pod. */
  readonly #began = this.now

  constructor(pod: Pod) {
    this.pod = pod
    this.#memory = this.#freshMemory()
  }

  get phase(): string | undefined {
    return this.pod.status?.phase
  }

  get verdicts(): PodMemory['probes'] {
    return this.#memory.value.probes
  }

  get deleted(): boolean {
    return this.pod.metadata?.deletionTimestamp !== undefined
  }

  happen(happening: Happening): void {
    switch (happening.type) {
      case 'Work':
        for (let round = 0; round < happening.rounds; round++) this.work(happening.startsFail && round === 0)
        break
      case 'Exit':
        this.#on('running', happening.pick, (id) => this.engine.end(id, happening.exitCode, this.now))
        break
      case 'Vanish':
        this.#on(undefined, happening.pick, (id) => this.engine.remove(id))
        break
      case 'Unknown':
        this.#on('running', happening.pick, (id) => this.engine.lose(id))
        break
      case 'SandboxDies':
        for (const { id } of this.engine.sandboxes) this.engine.stopSandbox(id, this.now)
        break
      case 'SandboxLosesAddress':
        this.engine.sandboxes = this.engine.sandboxes.map((each) => ({ ...each, ips: [] }))
        break
      case 'Time':
        this.now += happening.ms
        break
      case 'Verdict':
        this.#on('running', happening.pick, (id) => this.#conclude(id, happening.kind, happening.ok))
        break
      case 'ImageChange':
        this.#changeImage(happening.pick)
        break
      case 'PostStartEnds':
        this.#on('running', happening.pick, (id) => this.#endPostStart(id))
        break
      case 'PullFails':
        this.#failPull(happening.pick, happening.ms)
        break
      case 'AgentRestart':
        for (const life of this.lives) life.knownToEarlierAgent = true
        for (const name of new Set(this.lives.map((life) => life.name))) {
          const last = this.lives.findLast((life) => life.name === name && life.startedAt !== undefined)
          if (last?.forgotten) last.lost = true
        }
        // What it waited for is not waited for any more.
        for (const life of this.lives) life.postStarted = true
        this.#seenExits.clear()
        this.#memory = this.#freshMemory()
        break
      case 'Evict':
        this.#memory.set({
          eviction: { reason: 'Evicted', message: 'The node was low on resource: memory.', graceSeconds: 1, disruption: true, reclaim: true },
        })
        break
      case 'Delete':
        this.delete(happening.graceSeconds)
        break
      default:
        assertNever(happening)
    }
    this.#observe()
    this.#report()
  }

  delete(graceSeconds: number): void {
    const { metadata } = this.pod
    const deletionGracePeriodSeconds = Math.min(secondsOf(metadata?.deletionGracePeriodSeconds ?? graceSeconds), graceSeconds)
    this.pod = { ...this.pod, metadata: { ...metadata, deletionTimestamp: new Date(this.now).toISOString(), deletionGracePeriodSeconds } }
  }

  plan(): PlanResult {
    const input = { pod: this.pod, observed: structuredClone(this.engine.state), memory: this.#memory.value, now: this.now }
    const result = plan(input)
    assert.deepEqual(plan(input), result, 'the same input, the same plan')
    assert.ok(result.wakeAt === undefined || result.wakeAt > this.now, 'a wake-up is never in the past')
    if (!this.deleted && !this.#isOver()) this.#assertDue(result)
    return result
  }

  /** One look: plan, carry out, report. What changes the ground for others is carried out alone, as the actor does. */
  work(startsFail = false): PlanResult {
    const result = this.plan()
    for (const action of result.actions) {
      this.#carryOut(action, startsFail)
      if (alone.has(action.type)) break
    }
    const { sandboxes, containers } = this.engine
    // The actor cleans up what is not the engine's (directories) when there is nothing for the plan to do.
    if (this.deleted && result.actions.length + sandboxes.length + containers.length === 0) this.#carryOut({ type: 'CleanUp', removeContainers: true }, false)
    this.#observe()
    this.#report()
    return result
  }

  /** Lets it come to rest, moving time on to each wake-up; startup probes pass and init containers succeed. Returns how many looks it took. */
  settle(limit: number): number {
    for (let looks = 1; looks <= limit; looks++) {
      for (const { id, name, state } of this.engine.containers) {
        if (state !== 'running') continue
        this.#endPostStart(id)
        this.#conclude(id, 'startup', true)
        // What must end for others to begin does its work.
        if (this.pod.spec?.initContainers?.some((init) => init.name === name && init.restartPolicy !== 'Always')) this.engine.end(id, 0, this.now)
      }
      this.#observe()
      const { actions, wakeAt } = this.work()
      if (actions.length > 0) continue
      const deadline = this.pod.spec?.activeDeadlineSeconds
      if (wakeAt === undefined || (deadline !== undefined && wakeAt === this.#memory.value.acceptedAt + deadline * 1000)) return looks
      this.now = wakeAt
    }
    throw new Error(`not at rest after ${limit} looks: ${JSON.stringify(this.plan())}`)
  }

  #freshMemory(): MemoryCell {
    return new MemoryCell(initialMemory({ uid: podUid('u-1'), origin: 'api', pod: this.pod }, this.now))
  }

  #carryOut(action: Action, startsFail: boolean): void {
    const { engine, now } = this
    switch (action.type) {
      case 'PrepareVolumes':
        return this.#memory.set({ volumesMounted: true })
      case 'CreateSandbox':
        assert.ok(this.#memory.value.volumesMounted, 'volumes come before the sandbox')
        assert.ok(!engine.sandboxes.some((each) => each.ready), 'one ready sandbox at a time')
        assert.ok(!this.deleted && !this.#isOver(), 'no sandbox for a pod that ends')
        return engine.runSandbox(action.attempt, now, true)
      case 'KillSandbox':
        return engine.stopSandbox(action.id, now)
      case 'RemoveSandbox':
        assert.ok(!engine.containers.some((each) => each.sandboxId === action.id), 'a sandbox goes after its containers')
        return engine.removeSandbox(action.id)
      case 'StartContainer':
        return this.#start(action, startsFail)
      case 'KillContainer':
        assertMayKill(action, this.pod, this.#spec(action.name), this.#life(action.id), engine.state, this.#memory.value)
        this.#memory.setRestarting(action.id)
        for (const life of this.lives) if (life.id === action.id) life.killedToRestart = true
        // Some obey the stop signal and end well.
        return engine.end(action.id, engine.containers.length % 2 === 0 ? 137 : 0, now)
      case 'UpdateResources':
        assert.fail('no pod of this model can be resized')
        break
      case 'RemoveContainer':
        assertMayRemove(action, engine.state, this.#life(action.id), this.#spec(this.#life(action.id).name))
        return engine.remove(action.id)
      case 'TerminatePod':
        assertGrace(action, this.pod, this.#memory.value.eviction?.graceSeconds)
        for (const { id } of engine.containers) engine.end(id, 143, now)
        return
      case 'CleanUp':
        assert.ok(!engine.containers.some(isAlive), 'nothing may run when it is cleaned up')
        this.#memory.set({ cleaning: true })
        this.#report()
        // What the last status was made from is gone with the containers: it stands.
        this.#statusStands = action.removeContainers
        for (const { id } of engine.sandboxes) engine.stopSandbox(id, now)
        if (action.removeContainers) for (const { id } of engine.sandboxes) engine.removeSandbox(id)
        if (action.removeContainers) for (const { id } of engine.containers) engine.remove(id)
        return this.#memory.set({ volumesMounted: false })
      default:
        assertNever(action)
    }
  }

  /** Its number is taken over: it was made for a sandbox that is gone, and never ran. */
  #replace(id: ContainerId, attempt: number, sandboxId: string): void {
    const life = this.#life(id)
    assert.ok(
      life.startedAt === undefined && life.attempt === attempt && life.sandboxId !== sandboxId,
      `${life.name} attempt ${attempt} replaces what it may not`,
    )
    this.engine.remove(id)
    this.lives.splice(this.lives.indexOf(life), 1)
  }

  #start({ name, attempt, replaces }: Extract<Action, { type: 'StartContainer' }>, fails: boolean): void {
    const container = this.#spec(name)
    const sandbox = this.engine.sandboxes.find((each) => each.ready)
    assert.ok(sandbox, `${name} starts in a sandbox`)
    assert.ok(!this.deleted && !this.#isOver(), `${name} starts in a pod that ends`)
    assert.ok((this.#memory.value.imageBackoff[name]?.until ?? 0) <= this.now, `${name} starts before its image is to be pulled again`)
    if (replaces !== undefined) this.#replace(replaces, attempt, sandbox.id)
    assertMayStart(this.pod, container, attempt, sandbox.id, this.lives, this.now)
    const newest = newestByName(this.engine.state).get(name)
    if (newest?.state === 'created') assertTakesMade(container, attempt, sandbox.id, this.#life(newest.id))
    const { id } = this.engine.start(name, attempt, sandbox.id, { [annotationNames.hash]: containerHash(container) }, this.now, !fails)
    let life = this.lives.find((each) => each.id === id)
    if (!life) {
      const image = container.image ?? ''
      this.lives.push({ id, name, attempt, sandboxId: sandbox.id, image, passedStartup: false, postStarted: false, forgotten: false })
      life = this.lives.at(-1)
    }
    if (!life || fails) return
    life.startedAt = this.now
    life.passedStartup = container.startupProbe === undefined
    life.postStarted = container.lifecycle?.postStart === undefined
    if (!life.postStarted) this.#memory.setPostStart(id, true)
    this.#memory.setImageBackoff(name, undefined)
  }

  /** Wall-clock ms. */
  get #deadline(): number | undefined {
    const seconds = this.pod.spec?.activeDeadlineSeconds
    return seconds === undefined ? undefined : this.#began + seconds * 1000
  }

  #assertDue(result: PlanResult): void {
    if (result.actions.some(({ type }) => type === 'TerminatePod' || type === 'CleanUp')) return
    const deadline = this.#deadline
    if (deadline !== undefined && deadline > this.now) assert.ok(result.wakeAt !== undefined && result.wakeAt <= deadline, 'nobody looks at the deadline')
    const sandbox = this.engine.sandboxes.find((each) => each.ready && each.ips.length > 0)
    if (sandbox && !result.actions.some(({ type }) => alone.has(type)))
      assertDue(this.pod, sandbox, this.lives, this.#memory.value.imageBackoff, this.now, result)
  }

  #endPostStart(id: ContainerId): void {
    this.#memory.setPostStart(id, false)
    this.#life(id).postStarted = true
  }

  /** As the actor has it when a pull failed: of a container that does not run. */
  #failPull(pick: number, ms: number): void {
    const waiting = (this.pod.spec?.containers ?? []).filter(({ name }) => !this.engine.containers.some((each) => each.name === name && isAlive(each)))
    const chosen = waiting[pick % Math.max(1, waiting.length)]
    if (chosen) this.#memory.setImageBackoff(chosen.name, { failures: 1, until: this.now + ms })
  }

  #life(id: string): Life {
    const life = this.lives.find((each) => each.id === id)
    assert.ok(life, `${id} is known`)
    return life
  }

  /** What the actor's observer takes from the engine's state. */
  #observe(): void {
    const { state } = this.engine
    const newest = newestByName(state)
    for (const container of state.containers) {
      if (container.state !== 'exited' || this.#seenExits.has(container.id)) continue
      this.#seenExits.add(container.id)
      if (newest.get(container.name)?.id === container.id)
        this.#memory.setRestartBackoff(container.name, backoffAfterExit(container, this.#memory.value.restartBackoff[container.name]))
    }
    this.#memory.forgetGone(state)
    for (const life of this.lives) {
      const now = state.containers.find((each) => each.id === life.id)
      life.forgotten = now === undefined
      life.unknown = now?.state === 'unknown'
      if (now?.state === 'exited') Object.assign(life, { endedAt: now.finishedAt, exitCode: now.exitCode })
    }
    const probes = Object.fromEntries(
      Object.entries(this.#memory.value.probes).filter(([id]) => state.containers.some((each) => each.id === id && each.state === 'running')),
    )
    this.#memory.set({ probes })
  }

  /** Its status goes to the API server and comes back with the pod. */
  #report(): void {
    if (this.#statusStands) return
    const before = this.pod.status
    const input = { pod: this.pod, observed: this.engine.state, memory: this.#memory.value, now: this.now }
    const status = podStatus({ ...input, facts: { node: undefined, hostIps: ['192.0.2.1'] }, engineName: 'docker' })
    const isOwn = !this.deleted && !status.reason
    assertFollows(before, status, this.engine.state)
    if (isOwn && isTerminal(status.phase) && !isTerminal(before?.phase)) assertPhaseEarned(this.pod, status.phase, this.lives)
    if (status.reason === 'DeadlineExceeded' && before?.reason !== 'DeadlineExceeded')
      assert.ok(this.now >= (this.#deadline ?? Number.POSITIVE_INFINITY), 'a deadline that has not come')
    this.pod = { ...this.pod, status: JSON.parse(JSON.stringify(status)) as PodStatus }
  }

  #conclude(id: ContainerId, kind: 'startup' | 'liveness', ok: boolean): void {
    const container = this.engine.containers.find((each) => each.id === id)
    const spec = container && this.#spec(container.name)
    const known = this.#memory.value.probes[id]
    if (!spec?.[`${kind}Probe`] || known?.[kind] === false || (kind === 'startup' && known?.startup !== undefined)) return
    if (kind === 'liveness' && spec.startupProbe && !known?.startup) return
    this.#memory.set({ probes: { ...this.#memory.value.probes, [id]: { ...known, [kind]: ok } } })
    const life = this.lives.find((each) => each.id === id)
    if (life && kind === 'startup' && ok) life.passedStartup = true
  }

  #changeImage(pick: number): void {
    const { spec } = this.pod
    const change = (list: readonly Container[] | undefined, offset: number) =>
      list?.map((each, index) => (index + offset === pick ? { ...each, image: each.image === 'a' ? 'b' : 'a' } : each))
    this.pod = {
      ...this.pod,
      spec: { ...spec, containers: change(spec?.containers, 0) ?? [], initContainers: change(spec?.initContainers, spec?.containers?.length ?? 0) },
    }
  }

  #on(state: string | undefined, pick: number, act: (id: ContainerId) => void): void {
    const some = this.engine.containers.filter((each) => state === undefined || each.state === state)
    const chosen = some[pick % Math.max(1, some.length)]
    if (chosen) act(chosen.id)
  }

  #spec(name: string): Container {
    const { spec } = this.pod
    const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...((spec?.ephemeralContainers ?? []) as Container[])]
    const found = all.find((each) => each.name === name)
    assert.ok(found, `${name} is in the spec`)
    return found
  }

  #isOver(): boolean {
    return this.phase === 'Succeeded' || this.phase === 'Failed' || this.#memory.value.eviction !== undefined
  }
}
