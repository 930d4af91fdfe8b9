import { assertNever } from '../../src/base/assert-never.ts'
import { backoffDelay } from '../../src/base/backoff.ts'
import { systemClock } from '../../src/base/clock.ts'
import { share } from '../../src/base/share.ts'
import type { PodState, SandboxState } from '../../src/engine/engine.ts'
import type { Pod, PodStatus } from '../../src/kube/objects.ts'
import { inTime } from '../kernel/in-time.ts'
import type { Actor, ActorContext, ActorFactory } from '../kernel/types.ts'
import { allocatedPod } from './allocated-pod.ts'
import { CarryOut, podIp } from './carry-out.ts'
import type { PodEnvironment } from './environment.ts'
import { Jobs } from './jobs.ts'
import { initialMemory, MemoryCell } from './memory.ts'
import { isMendable } from './mendable.ts'
import type { HeldResize, PodActorProps, PodMessage } from './messages.ts'
import { nextWakeInMs } from './next-wake.ts'
import { downwardVolumes, volumesOf } from './object-refs.ts'
import { Observer } from './observer.ts'
import { podPaths } from './paths.ts'
import { isDeleted, isReclaimed } from './plan/leaving.ts'
import { deletionBegan, shownFieldsChanged, specChanged, stillDeleted } from './pod-change.ts'
import { PodProbes } from './probes/pod-probes.ts'
import { adoptVerdicts, probeSubjects } from './probes/subjects.ts'
import type { NodeFacts } from './rules.ts'
import { PodScope } from './scope.ts'
import { withStanding } from './status/standing.ts'
import { StepTroubles } from './step-troubles.ts'
import { NetworkNotReadyError, networkRetry } from './steps/network.ts'
import { PodVolumes } from './steps/volumes.ts'
import { SyncTime } from './sync-time.ts'
import { PodTeller } from './teller.ts'
import { WatchedObjects } from './watched-objects.ts'

/** kubelet 1.32: a failed sync is tried again within 10 s; the first try here comes sooner. */
const retry = { initialMs: 1_000, maxMs: 10_000, jitter: 0.5 }

/** Makes the actor of one pod. */
export const createPodActor: ActorFactory<PodActorProps, PodEnvironment> = (context, props, environment) => new PodActor(context, props, environment)

/**
 * One pod, level-triggered: whatever comes only marks that something changed. A single loop observes, plans, begins the actions as jobs,
 * reports the status, and sleeps until the next change or `wakeAt`.
 */
class PodActor implements Actor<PodMessage> {
  readonly #context: ActorContext
  readonly #environment: PodEnvironment
  readonly #scope: PodScope
  readonly #memory: MemoryCell
  readonly #teller: PodTeller
  readonly #jobs: Jobs
  readonly #volumes: PodVolumes
  readonly #probes: PodProbes
  readonly #observer: Observer
  readonly #carryOut: CarryOut
  readonly #syncTime: SyncTime
  readonly #objects: WatchedObjects
  #facts: NodeFacts | undefined
  /** Why the pod does not get what its spec asks for; the scope's pod has what it gets. */
  #held: HeldResize['status'] | undefined
  #dirty = false
  #looping = false
  #stopped = false
  #observeFailures = 0
  /** The clean-up on deletion is done. */
  #cleaned = false
  #finished = false
  #lastStatus: PodStatus | undefined

  constructor(context: ActorContext, props: PodActorProps, environment: PodEnvironment) {
    this.#context = context
    this.#environment = environment
    const { clock } = environment
    this.#held = props.held?.status
    const pod = props.held ? allocatedPod(props.pod, props.held.resources) : props.pod
    this.#scope = new PodScope(props.uid, pod, environment, context, podPaths(environment.config, props.uid, props.pod))
    this.#memory = new MemoryCell(initialMemory(props, clock.wall()))
    this.#teller = new PodTeller(this.#scope, props.origin)
    this.#syncTime = new SyncTime(clock, environment.metrics)
    this.#objects = new WatchedObjects(this.#scope)
    const wake = () => this.#wake()
    const troubles = new StepTroubles(this.#scope)
    this.#jobs = new Jobs({
      clock,
      retry,
      retryOf: (error) => (error instanceof NetworkNotReadyError ? networkRetry : undefined),
      random: this.#scope.random,
      onEnd: wake,
      isExpected: isMendable,
      onFailure: (key, error, retryInMs) => {
        troubles.failed(key, error)
        context.log.info('a step failed', { step: key, error: String(error), retryInMs: Math.round(retryInMs) })
      },
      onDone: (key) => troubles.done(key),
      onBug: (error) => context.fail(error),
    })
    this.#volumes = new PodVolumes(this.#scope)
    this.#probes = new PodProbes({
      schedule: environment.probes,
      tools: environment,
      random: this.#scope.random,
      onVerdict: wake,
      onTried: (container, kind, result) => this.#teller.tried(container.name, kind, result),
      onEvent: (container, reason, message) => this.#scope.event('Warning', reason, message, container.name),
    })
    this.#observer = new Observer(this.#scope, this.#memory, { nothingYet: props.unknownToEngine ?? false })
    const touched = (id?: string) => {
      this.#observer.touch(id)
      this.#wake()
    }
    const onCleaned = (removedContainers: boolean) => {
      this.#cleaned ||= removedContainers
      const { eviction, reclaim } = this.#memory.value
      for (const { informs } of [eviction ?? {}, reclaim ?? {}]) if (informs) this.#teller.gone(informs)
    }
    const expected = (id: string) => this.#observer.touch(id)
    const sandboxMade = (sandbox: SandboxState) => {
      this.#observer.tell(sandbox)
      this.#wake()
    }
    this.#carryOut = new CarryOut({
      scope: this.#scope,
      jobs: this.#jobs,
      memory: this.#memory,
      volumes: this.#volumes,
      touched,
      expected,
      sandboxMade,
      changed: wake,
      onCleaned,
    })
  }

  start(): void {
    this.#objects.acquire()
    this.#wake()
  }

  receive(message: PodMessage): void {
    switch (message.type) {
      case 'PodChanged':
        this.#syncTime.podChanged()
        this.#changePod(message.pod, message.held)
        break
      case 'PodRemoved':
        this.#remove(message.graceSeconds)
        break
      case 'EngineChanged':
        if (message.event.type === 'container' && message.event.change === 'oom') this.#memory.setOomKilled(message.event.id)
        // The clean-up's end looks at everything.
        if (this.#jobs.has('cleanup')) break
        // What is being made is told of by who makes it, once it is there: until then each look would be in vain.
        if (!this.#observer.heed(message.event, { sandbox: this.#jobs.has('sandbox'), container: this.#jobs.has('start') })) return
        break
      case 'Resync':
        if (message.fingerprint === undefined || !this.#observer.matches(message.fingerprint)) this.#observer.touch()
        break
      case 'ObjectChanged':
        this.#carryOut.retrySoon()
        this.#volumes.hurry()
        this.#carryOut.refresh(volumesOf(this.#scope.pod, message.ref))
        break
      case 'Evict': {
        const { type: _, ...eviction } = message
        this.#memory.set({ eviction })
        this.#jobs.interrupt('start', 'the pod is evicted')
        break
      }
      case 'ReclaimEnded':
        if (this.#memory.value.cleaning && !this.#cleaned && !this.#isDeleted()) this.#memory.set({ reclaim: { informs: message.informs } })
        else this.#teller.gone(message.informs)
        break
      case 'Wake':
        break
      default:
        assertNever(message)
    }
    this.#wake()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#probes[Symbol.dispose]()
    this.#volumes.stopCounting()
    this.#context.cancelTimer('wake')
    this.#jobs.interruptAll('the actor stops')
    // A step that is in the file system writes on for a moment: nobody takes the directory away, or begins anew, under it. By the machine's time, as files go.
    await inTime(systemClock, this.#jobs.settled(), undefined)
  }

  #changePod(seen: Pod, held: HeldResize | undefined): void {
    const before = this.#scope.pod
    const pod = stillDeleted(before, held ? allocatedPod(seen, held.resources) : seen)
    this.#held = held?.status
    this.#scope.pod = pod
    if (deletionBegan(before, pod)) this.#carryOut.interruptMakers('the pod is deleted')
    if (shownFieldsChanged(before, pod)) this.#carryOut.refresh(downwardVolumes(pod))
    if (specChanged(before, pod)) {
      this.#objects.acquire()
      // Another image is another try.
      for (const name of Object.keys(this.#memory.value.imageBackoff)) this.#memory.setImageBackoff(name, undefined)
      this.#carryOut.retrySoon()
    }
  }

  #remove(graceSeconds: number | undefined): void {
    this.#memory.set({ removed: true })
    if (graceSeconds !== undefined) {
      const { metadata } = this.#scope.pod
      this.#scope.pod = { ...this.#scope.pod, metadata: { ...metadata, deletionGracePeriodSeconds: graceSeconds } }
    }
    this.#carryOut.interruptMakers('the pod is gone')
  }

  #wake(): void {
    this.#dirty = true
    if (this.#looping || this.#stopped) return
    this.#syncTime.begin()
    this.#looping = true
    void this.#loop()
  }

  async #loop(): Promise<void> {
    try {
      // Another turn, so that messages delivered together are one look.
      await Promise.resolve()
      while (this.#dirty && !this.#stopped) {
        this.#dirty = false
        await this.#look()
      }
      if (this.#jobs.size === 0 && !this.#stopped) this.#syncTime.rest(this.#finished)
    } catch (error) {
      if (!this.#stopped) this.#context.fail(error)
    } finally {
      this.#looping = false
    }
  }

  async #look(): Promise<void> {
    const { clock, config, rules } = this.#environment
    const observed = await this.#observe()
    if (!observed || this.#stopped || this.#finished) return
    const pod = withStanding(this.#scope.pod, this.#lastStatus)
    const facts = this.#facts ?? { node: undefined, hostIps: [] }
    const now = clock.wall()
    const ending = this.#isDeleted()
    adoptVerdicts(this.#probes, pod, observed)
    this.#probes.sync(probeSubjects(pod, observed, podIp(this.#scope, observed, facts)), ending || this.#memory.value.termination !== undefined)
    this.#memory.set({ probes: this.#probes.verdicts() })
    const resources = rules.desiredResources(pod, facts.node, config)
    const desired = resources && this.#held ? { ...resources, held: this.#held } : resources
    const input = { pod, observed, memory: this.#memory.value, now, desired }
    const { actions, wakeAt } = rules.plan(input)
    // The last status is made from what is there as the clean-up begins.
    const cleaning = this.#jobs.has('cleanup')
    const isEmpty = observed.containers.length + observed.sandboxes.length === 0
    if (!this.#cleaned) this.#carryOut.carryOut(actions, observed, facts)
    if (this.#isLeaving() && !this.#cleaned && actions.length === 0 && isEmpty) this.#carryOut.cleanUp(observed, true)
    if (this.#isLeaving() && this.#cleaned && !isEmpty) this.#carryOut.sweep(observed)
    this.#report({ ...input, memory: this.#memory.value }, facts, cleaning)
    this.#teller.processes(observed, this.#volumes.mounted)
    this.#carryOut.refresh(this.#volumes.dueForRefresh())
    this.#finishIfDone(observed)
    const times = [wakeAt, this.#volumes.nextRefreshAt(), this.#observer.wakeAt(now), ...this.#carryOut.notBefore.values()]
    const wakeInMs = nextWakeInMs(now, times, this.#jobs.retryInMs())
    if (wakeInMs === undefined) this.#context.cancelTimer('wake')
    else this.#context.after('wake', wakeInMs, { type: 'Wake' })
  }

  #isDeleted(): boolean {
    return isDeleted(this.#scope.pod, this.#memory.value)
  }

  /** Nothing of it shall be left on the node, though its status may stay. */
  #isLeaving(): boolean {
    return this.#isDeleted() || isReclaimed(this.#memory.value)
  }

  /** What the engine has; undefined when it could not be asked, which is tried again. */
  async #observe(): Promise<PodState | undefined> {
    try {
      if (!this.#facts?.node) this.#facts = await this.#scope.node()
      const observed = await this.#observer.observe()
      this.#observeFailures = 0
      return observed
    } catch (error) {
      if (!isMendable(error)) throw error
      const delay = backoffDelay(retry, ++this.#observeFailures, this.#scope.random)
      this.#context.log.warn('the pod could not be looked at', { error: String(error), retryInMs: Math.round(delay) })
      this.#context.after('wake', delay, { type: 'Wake' })
      return undefined
    }
  }

  /** After the clean-up the last status stands: what it was made from is gone. */
  #report(input: Parameters<PodEnvironment['rules']['plan']>[0], facts: NodeFacts, cleaning: boolean): void {
    if (input.memory.removed) return
    if (!this.#cleaned && !(this.#lastStatus && cleaning && this.#isLeaving()))
      this.#lastStatus = share(this.#lastStatus, this.#environment.rules.status({ ...input, facts, engineName: this.#environment.engineInfo.name }))
    if (this.#lastStatus) this.#teller.status(this.#lastStatus, this.#cleaned, this.#isDeleted())
  }

  #finishIfDone(observed: PodState): void {
    if (!this.#cleaned || !this.#memory.value.removed || observed.containers.length + observed.sandboxes.length > 0) return
    this.#finished = true
    this.#objects.release()
    this.#teller.finished()
  }
}
