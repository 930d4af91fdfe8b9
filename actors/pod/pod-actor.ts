import { assertNever } from '../../src/base/assert-never.ts'
import { backoffDelay } from '../../src/base/backoff.ts'
import { share } from '../../src/base/share.ts'
import { EngineError, type PodState, type SandboxState } from '../../src/engine/engine.ts'
import type { Pod, PodStatus } from '../../src/kube/objects.ts'
import { StillMountedError } from '../../src/volumes/clean-up.ts'
import { VolumeError } from '../../src/volumes/volume.ts'
import { type Actor, type ActorContext, type ActorFactory, type Address, AskError } from '../kernel/types.ts'
import { type EvictedPodGone, nodeAddresses } from '../node/messages.ts'
import { allocatedPod } from './allocated-pod.ts'
import { CarryOut, podIp } from './carry-out.ts'
import type { PodEnvironment } from './environment.ts'
import { Jobs } from './jobs.ts'
import { initialMemory, MemoryCell } from './memory.ts'
import type { HeldResize, PodActorProps, PodFinished, PodMessage } from './messages.ts'
import { downwardVolumes, objectRefs, volumesOf } from './object-refs.ts'
import { Observer } from './observer.ts'
import { podPaths } from './paths.ts'
import { PodProbes } from './probes/pod-probes.ts'
import { adoptVerdicts, probeSubjects } from './probes/subjects.ts'
import type { NodeFacts } from './rules.ts'
import { PodScope } from './scope.ts'
import { withStanding } from './status/standing.ts'
import { PodVolumes } from './steps/volumes.ts'
import { SyncTime } from './sync-time.ts'
import { PodTeller } from './teller.ts'

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
  readonly #props: PodActorProps
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
  #refs = ''

  constructor(context: ActorContext, props: PodActorProps, environment: PodEnvironment) {
    this.#context = context
    this.#props = props
    this.#environment = environment
    const { clock } = environment
    this.#held = props.held?.status
    const pod = props.held ? allocatedPod(props.pod, props.held.resources) : props.pod
    this.#scope = new PodScope(props.uid, pod, environment, context, podPaths(environment.config, props.uid, props.pod))
    this.#memory = new MemoryCell(initialMemory(props, clock.wall()))
    this.#teller = new PodTeller(this.#scope, props.origin)
    this.#syncTime = new SyncTime(clock, environment.metrics)
    const wake = () => this.#wake()
    this.#jobs = new Jobs({
      clock,
      retry,
      random: this.#scope.random,
      onEnd: wake,
      isExpected,
      onFailure: (key, error, retryInMs) => context.log.info('a step failed', { step: key, error: String(error), retryInMs: Math.round(retryInMs) }),
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
    this.#observer = new Observer(this.#scope, this.#memory)
    const touched = (id?: string) => {
      this.#observer.touch(id)
      this.#wake()
    }
    const onCleaned = (removedContainers: boolean) => {
      this.#cleaned ||= removedContainers
      const { eviction, reclaim } = this.#memory.value
      for (const { informs } of [eviction ?? {}, reclaim ?? {}]) if (informs) this.#tellGone(informs)
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
    this.#acquire()
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
        if (!this.#jobs.has('cleanup')) this.#observer.heed(message.event, { sandbox: this.#jobs.has('sandbox'), container: this.#jobs.has('start') })
        break
      case 'Resync':
        if (message.fingerprint === undefined || !this.#observer.matches(message.fingerprint)) this.#observer.touch()
        break
      case 'ObjectChanged':
        this.#carryOut.retrySoon()
        this.#volumes.hurry()
        this.#refresh(volumesOf(this.#scope.pod, message.ref))
        break
      case 'Evict': {
        const { type: _, ...eviction } = message
        this.#memory.set({ eviction })
        this.#jobs.interrupt('start', 'the pod is evicted')
        break
      }
      case 'ReclaimEnded':
        if (this.#memory.value.cleaning && !this.#cleaned && !this.#ending()) this.#memory.set({ reclaim: { informs: message.informs } })
        else this.#tellGone(message.informs)
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
  }

  #changePod(seen: Pod, held: HeldResize | undefined): void {
    const before = this.#scope.pod
    const pod = held ? allocatedPod(seen, held.resources) : seen
    this.#held = held?.status
    this.#scope.pod = pod
    if (pod.metadata?.deletionTimestamp && !before.metadata?.deletionTimestamp) this.#interruptMakers('the pod is deleted')
    const fields = ({ metadata }: Pod) => JSON.stringify([metadata?.labels, metadata?.annotations])
    if (fields(pod) !== fields(before)) this.#refresh(downwardVolumes(pod))
    if (JSON.stringify(pod.spec) !== JSON.stringify(before.spec)) {
      this.#acquire()
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
    this.#interruptMakers('the pod is gone')
  }

  #interruptMakers(reason: string): void {
    for (const job of ['start', 'volumes', 'sandbox']) this.#jobs.interrupt(job, reason)
  }

  #refresh(names: readonly string[]): void {
    if (names.length === 0) return
    // Each change is a job of its own, in order: a refresh under way may have read the older object.
    const key = `refresh/${names.join(',')}`
    if (!this.#jobs.start(key, () => this.#volumes.refresh(names))) this.#volumes.refreshSoon(names)
  }

  #acquire(): void {
    const refs = objectRefs(this.#scope.pod)
    const key = JSON.stringify(refs)
    if (key === this.#refs) return
    this.#refs = key
    this.#scope.tellObjects({ type: 'AcquireObjects', uid: this.#props.uid, refs })
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
    const ending = this.#ending()
    adoptVerdicts(this.#probes, pod, observed)
    this.#probes.sync(probeSubjects(pod, observed, podIp(this.#scope, observed, facts)), ending || this.#memory.value.termination !== undefined)
    this.#memory.set({ probes: this.#probes.verdicts() })
    const resources = rules.desiredResources(pod, facts.node, config)
    const desired = resources && this.#held ? { ...resources, held: this.#held } : resources
    const input = { pod, observed, memory: this.#memory.value, now, desired }
    const { actions, wakeAt } = rules.plan(input)
    // The last status is made from what is there as the clean-up begins.
    const cleaning = this.#jobs.has('cleanup')
    if (!this.#cleaned) this.#carryOut.carryOut(actions, observed, facts)
    if (this.#leaving() && !this.#cleaned && actions.length === 0 && observed.containers.length + observed.sandboxes.length === 0)
      this.#carryOut.cleanUp(observed, true)
    this.#report({ ...input, memory: this.#memory.value }, facts, cleaning)
    this.#teller.processes(observed, this.#volumes.mounted)
    this.#refresh(this.#volumes.dueForRefresh(now))
    this.#finishIfDone(observed)
    this.#arm([wakeAt, this.#volumes.nextRefreshAt(), this.#observer.wakeAt(now), ...this.#carryOut.notBefore.values()], now)
  }

  #ending(): boolean {
    return this.#memory.value.removed || Boolean(this.#scope.pod.metadata?.deletionTimestamp)
  }

  /** Nothing of it shall be left on the node, though its status may stay. */
  #leaving(): boolean {
    const { eviction, reclaim } = this.#memory.value
    return this.#ending() || eviction?.reclaim === true || reclaim !== undefined
  }

  #tellGone(to: Address): void {
    this.#context.send(to, { type: 'EvictedPodGone', uid: this.#props.uid } satisfies EvictedPodGone)
  }

  /** What the engine has; undefined when it could not be asked, which is tried again. */
  async #observe(): Promise<PodState | undefined> {
    try {
      if (!this.#facts?.node) this.#facts = await this.#scope.node()
      const observed = await this.#observer.observe()
      this.#observeFailures = 0
      return observed
    } catch (error) {
      if (!isExpected(error)) throw error
      const delay = backoffDelay(retry, ++this.#observeFailures, this.#scope.random)
      this.#context.log.warn('the pod could not be looked at', { error: String(error), retryInMs: Math.round(delay) })
      this.#context.after('wake', delay, { type: 'Wake' })
      return undefined
    }
  }

  /** After the clean-up the last status stands: what it was made from is gone. */
  #report(input: Parameters<PodEnvironment['rules']['plan']>[0], facts: NodeFacts, cleaning: boolean): void {
    if (input.memory.removed) return
    if (!this.#cleaned && !(this.#lastStatus && cleaning && this.#leaving()))
      this.#lastStatus = share(this.#lastStatus, this.#environment.rules.status({ ...input, facts, engineName: this.#environment.engineInfo.name }))
    if (this.#lastStatus) this.#teller.status(this.#lastStatus, this.#cleaned, this.#ending())
  }

  #finishIfDone(observed: PodState): void {
    if (!this.#cleaned || !this.#memory.value.removed || observed.containers.length + observed.sandboxes.length > 0) return
    this.#finished = true
    this.#scope.tellObjects({ type: 'ReleaseObjects', uid: this.#props.uid })
    const finished: PodFinished = { type: 'PodFinished', uid: this.#props.uid }
    this.#context.send(nodeAddresses.director, finished)
  }

  #arm(times: readonly (number | undefined)[], now: number): void {
    const waits = times.filter((at) => at !== undefined && at > now).map((at) => (at as number) - now)
    const jobRetry = this.#jobs.retryInMs()
    if (jobRetry !== undefined) waits.push(jobRetry)
    if (waits.length === 0) this.#context.cancelTimer('wake')
    // At least a millisecond later, so that rounding never makes it too early.
    else this.#context.after('wake', Math.min(...waits) + 1, { type: 'Wake' })
  }
}

/** Errors that another try may mend; anything else is a bug. */
function isExpected(error: unknown): boolean {
  if (error instanceof EngineError || error instanceof AskError || error instanceof VolumeError || error instanceof StillMountedError) return true
  return error instanceof Error && 'syscall' in error
}
