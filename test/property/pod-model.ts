import assert from 'node:assert/strict'
import { containerHash } from '../../actors/pod/container-config/hash.ts'
import { annotationNames } from '../../actors/pod/container-config/labels.ts'
import { initialMemory, MemoryCell, newestByName } from '../../actors/pod/memory.ts'
import { isAlive } from '../../actors/pod/plan/incarnations.ts'
import { plan } from '../../actors/pod/plan/plan.ts'
import type { Action, PlanResult } from '../../actors/pod/plan/types.ts'
import { backoffAfterExit } from '../../actors/pod/restart-backoff.ts'
import { podStatus } from '../../actors/pod/status/pod-status.ts'
import { assertNever } from '../../src/base/assert-never.ts'
import type { ContainerId } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Container, Pod, PodStatus } from '../../src/kube/objects.ts'
import type { Happening } from './arbitrary-pods.ts'
import { EngineModel } from './engine-model.ts'
import { assertMayStart, assertPhaseEarned, type Life } from './start-laws.ts'

/** One pod, its engine and its agent's memory, all as values: carries out plans at once and holds every step to the laws. */
export class PodModel {
  pod: Pod
  now = Date.UTC(2026, 0, 1)
  readonly engine = new EngineModel()
  readonly lives: Life[] = []
  readonly #seenExits = new Set<string>()
  #memory: MemoryCell
  #statusStands = false

  constructor(pod: Pod) {
    this.pod = pod
    this.#memory = this.#freshMemory()
  }

  get phase(): string | undefined {
    return this.pod.status?.phase
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
      case 'AgentRestart':
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
    const deletionGracePeriodSeconds = Math.min(metadata?.deletionGracePeriodSeconds ?? graceSeconds, graceSeconds)
    this.pod = { ...this.pod, metadata: { ...metadata, deletionTimestamp: new Date(this.now).toISOString(), deletionGracePeriodSeconds } }
  }

  plan(): PlanResult {
    const input = { pod: this.pod, observed: structuredClone(this.engine.state), memory: this.#memory.value, now: this.now }
    const result = plan(input)
    assert.deepEqual(plan(input), result, 'the same input, the same plan')
    assert.ok(result.wakeAt === undefined || result.wakeAt > this.now, 'a wake-up is never in the past')
    return result
  }

  /** One look: plan, carry out, report. What changes the ground for others is carried out alone, as the actor does. */
  work(startsFail = false): PlanResult {
    const result = this.plan()
    const alone = ['PrepareVolumes', 'CreateSandbox', 'KillSandbox', 'TerminatePod', 'CleanUp']
    for (const action of result.actions) {
      this.#carryOut(action, startsFail)
      if (alone.includes(action.type)) break
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
        if (state === 'running') this.#conclude(id, 'startup', true)
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
        assert.ok(!engine.sandboxes.some((each) => each.ready), 'one ready sandbox at a time')
        assert.ok(!this.deleted && !this.#isOver(), 'no sandbox for a pod that ends')
        return engine.runSandbox(action.attempt, now, true)
      case 'KillSandbox':
        return engine.stopSandbox(action.id, now)
      case 'RemoveSandbox':
        assert.ok(!engine.containers.some((each) => each.sandboxId === action.id), 'a sandbox goes after its containers')
        return engine.removeSandbox(action.id)
      case 'StartContainer':
        return this.#start(action.name, action.attempt, startsFail)
      case 'KillContainer':
        this.#memory.setRestarting(action.id)
        for (const life of this.lives) if (life.id === action.id) life.killedToRestart = true
        // Some obey the stop signal and end well.
        return engine.end(action.id, engine.containers.length % 2 === 0 ? 137 : 0, now)
      case 'UpdateResources':
        assert.fail('no pod of this model can be resized')
        break
      case 'RemoveContainer':
        assert.notEqual(engine.containers.find((each) => each.id === action.id)?.state, 'running', 'what runs is not removed')
        return engine.remove(action.id)
      case 'TerminatePod':
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

  #start(name: string, attempt: number, fails: boolean): void {
    const container = this.#spec(name)
    const sandbox = this.engine.sandboxes.find((each) => each.ready)
    assert.ok(sandbox, `${name} starts in a sandbox`)
    assert.ok(!this.deleted && !this.#isOver(), `${name} starts in a pod that ends`)
    assertMayStart(this.pod, container, attempt, sandbox.id, this.lives, this.now)
    const { id } = this.engine.start(name, attempt, sandbox.id, { [annotationNames.hash]: containerHash(container) }, this.now, !fails)
    let life = this.lives.find((each) => each.id === id)
    if (!life) {
      const image = container.image ?? ''
      this.lives.push({ id, name, attempt, sandboxId: sandbox.id, image, passedStartup: false, forgotten: false })
      life = this.lives.at(-1)
    }
    if (!life || fails) return
    life.startedAt = this.now
    life.passedStartup = container.startupProbe === undefined
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
    this.#assertFollows(before, status)
    this.pod = { ...this.pod, status: JSON.parse(JSON.stringify(status)) as PodStatus }
  }

  #assertFollows(before: PodStatus | undefined, after: PodStatus): void {
    const terminal = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed'
    if (terminal(before?.phase)) assert.equal(after.phase, before?.phase, 'a terminal phase stands')
    if (terminal(after.phase)) assert.ok(!this.engine.containers.some((each) => each.state === 'running'), `nothing runs in a pod that ${after.phase}`)
    if (terminal(after.phase) && !terminal(before?.phase) && !this.deleted && !after.reason) assertPhaseEarned(this.pod, after.phase, this.lives)
    const all = (status: PodStatus | undefined) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
    for (const earlier of all(before)) {
      const later = all(after).find((each) => each.name === earlier.name)
      assert.ok((later?.restartCount ?? 0) >= earlier.restartCount, `${earlier.name}: a restart count never goes back`)
      assert.ok(
        !(earlier.state?.terminated && later?.state?.waiting && terminal(after.phase)),
        `${earlier.name}: what ended does not wait again in a pod that is over`,
      )
    }
    for (const condition of after.conditions ?? []) {
      const earlier = before?.conditions?.find((each) => each.type === condition.type)
      if (earlier?.status === condition.status) assert.equal(condition.lastTransitionTime, earlier.lastTransitionTime, `${condition.type} did not change`)
    }
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
