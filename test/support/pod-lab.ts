import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Actor, ActorContext, Message } from '../../actors/kernel/types.ts'
import { nodeAddresses, type ObjectsMessage, type RecordEvent } from '../../actors/node/messages.ts'
import type { UserNamespaceAnswer } from '../../actors/node/user-namespaces.ts'
import { createPodEnvironment, type PodEnvironment } from '../../actors/pod/environment.ts'
import { type PodActorProps, type PodMessage, type PodStatusReport, podAddress } from '../../actors/pod/messages.ts'
import { createPodActor } from '../../actors/pod/pod-actor.ts'
import type { PodRules } from '../../actors/pod/rules.ts'
import type { Clock, Timer } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import type { ContainerEngine, EngineInfo } from '../../src/engine/engine.ts'
import type { RegistryCredential } from '../../src/engine/image.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { ConfigMap, ContainerStatus, Pod, Secret } from '../../src/kube/objects.ts'
import { memoryMounter } from '../../src/volumes/mounter.ts'
import type { Mounter, VolumeKind } from '../../src/volumes/volume.ts'
import { FakeEngine } from './fake-engine.ts'
import { smallPodRules } from './small-pod-rules.ts'

export interface LabOptions {
  readonly clock?: Clock
  readonly engine?: ContainerEngine
  readonly rules?: PodRules
  readonly volumeKinds?: readonly VolumeKind[]
  readonly mounter?: Mounter
  /** Default: a directory of the lab's own. */
  readonly rootDirectory?: string
  /** What the engine says of itself beside what the fake one does. */
  readonly engineInfo?: Partial<EngineInfo>
}

/** One pod actor with a mailbox and node-level actors made of a few lines, on a clock that the test moves. */
export class PodLab implements AsyncDisposable {
  readonly clock: ManualClock
  readonly engine: FakeEngine
  readonly events: string[] = []
  readonly reports: PodStatusReport[] = []
  readonly sent: Message[] = []
  readonly failures: unknown[] = []
  readonly objects = new Map<string, Secret | ConfigMap>()
  readonly root: string
  readonly environment: PodEnvironment
  pullsInHand = 0
  /** Why pods get no network. */
  networkProblem: string | undefined
  /** What the node answers to who asks for ids of a user namespace. */
  userNamespace: UserNamespaceAnswer = { ok: false, message: 'none here' }
  /** Handlers of RuntimeClasses, by the class's name. */
  readonly handlers = new Map<string, string>()
  /** What the node itself has for every image. */
  nodeCredentials: readonly RegistryCredential[] = []
  #actor: Actor<PodMessage> | undefined
  #stopped = new AbortController()
  #timers = new Map<string, Timer>()
  #props: PodActorProps | undefined

  private constructor(root: string, clock: ManualClock, engine: FakeEngine, environment: PodEnvironment) {
    this.root = root
    this.clock = clock
    this.engine = engine
    this.environment = environment
    engine.onEvent = (event) => this.send({ type: 'EngineChanged', event })
  }

  static async open(options: LabOptions = {}): Promise<PodLab> {
    const clock = (options.clock as ManualClock) ?? new ManualClock()
    const engine = (options.engine as FakeEngine) ?? new FakeEngine(clock)
    const root = await mkdtemp(join(tmpdir(), 'pod-lab-'))
    const config = { ...resolveAgentConfig({}, undefined), rootDirectory: options.rootDirectory ?? join(root, 'node'), podLogsDirectory: join(root, 'logs') }
    const environment = await createPodEnvironment({
      ...{ config, engine, clock, log: silentLogger, randomOf: () => () => 0.5, hostDns: { servers: [], searches: [], options: [] } },
      ...{ mounter: options.mounter ?? memoryMounter(), volumeKinds: options.volumeKinds ?? [], rules: options.rules ?? smallPodRules },
    })
    const info = { ...environment, engineInfo: { ...environment.engineInfo, ...options.engineInfo } }
    return new PodLab(root, clock, engine, info)
  }

  start(props: PodActorProps): void {
    this.#props = props
    this.#stopped = new AbortController()
    this.#actor = createPodActor(this.#context(props), props, this.environment)
    void this.#actor.start?.()
  }

  /** Another incarnation, as after a crash or an agent restart. */
  async restart(pod: Pod, removed?: boolean): Promise<void> {
    await this.#end('restarting')
    if (this.#props) this.start({ ...this.#props, pod, removed })
  }

  send(message: PodMessage): void {
    void this.#actor?.receive(message, undefined)
  }

  /** Lets everything that can happen now happen, then moves time on. */
  async pass(ms = 0): Promise<void> {
    await this.clock.advance(ms)
    // File system calls take turns that no clock knows.
    for (let quiet = 0, calls = -1; quiet < 8; ) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      const now = this.engine.calls.length + this.sent.length + this.events.length
      // On a machine that is busy a call takes as long as it takes.
      const atDisk = process.getActiveResourcesInfo().some((resource) => resource.startsWith('FSReq'))
      quiet = now === calls && !atDisk ? quiet + 1 : 0
      calls = now
    }
  }

  /** Moves on in small steps until it is so; fails after `limitMs` of the lab's time. */
  async until(what: string, isSo: () => boolean, limitMs = 60_000, stepMs = 100): Promise<void> {
    for (let passed = 0; passed <= limitMs; passed += stepMs) {
      await this.pass(passed === 0 ? 0 : stepMs)
      if (isSo()) return
    }
    // The file system may be slow: no more of the lab's time passes, but some of the machine's.
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
      await this.pass()
      if (isSo()) return
    }
    throw new Error(
      `waited in vain for ${what}: ${JSON.stringify({ status: this.status, events: this.events, failures: this.failures.map(String), calls: this.engine.calls.slice(-20) })}`,
    )
  }

  get status() {
    return this.reports.at(-1)?.status
  }

  container(name: string): ContainerStatus | undefined {
    return this.status?.containerStatuses?.find((each) => each.name === name)
  }

  get ready(): boolean {
    return this.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false
  }

  get finished(): boolean {
    return this.sent.some((message) => message.type === 'PodFinished')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('stopped')
    await this.environment[Symbol.asyncDispose]()
    await rm(this.root, { recursive: true, force: true })
  }

  async #end(reason: 'stopped' | 'restarting'): Promise<void> {
    this.#stopped.abort()
    for (const timer of this.#timers.values()) timer.cancel()
    await this.#actor?.stop?.(reason)
    this.#actor = undefined
  }

  #context(props: PodActorProps): ActorContext {
    return {
      self: podAddress(props.uid),
      clock: this.clock,
      log: silentLogger,
      signal: this.#stopped.signal,
      send: (_, sent) => {
        const message: Message = sent
        if (message.type === 'RecordEvent') {
          const event = message as RecordEvent
          this.events.push(`${event.reason}: ${event.message}`)
        } else if (message.type === 'PodStatusReport') this.reports.push(structuredClone(message) as PodStatusReport)
        else if (message.type === 'ReleasePull') this.pullsInHand--
        else this.sent.push(message)
      },
      ask: async <Reply>(to: string, message: Message) => this.#reply(to, message) as Reply,
      after: (key, delayMs, message) => {
        this.#timers.get(key)?.cancel()
        this.#timers.set(
          key,
          this.clock.setTimer(delayMs, () => this.send(message as PodMessage)),
        )
      },
      cancelTimer: (key) => this.#timers.get(key)?.cancel(),
      fail: (error) => void this.failures.push(error),
      stop: () => {},
    }
  }

  #reply(to: string, message: Message): unknown {
    if (to === nodeAddresses.imagePulls) return this.#grant()
    if (to === nodeAddresses.imageCredentials) return this.nodeCredentials
    if (to === nodeAddresses.userNamespaces) return this.userNamespace
    return this.#answer(message as ObjectsMessage)
  }

  #grant() {
    this.pullsInHand++
    return { waitedMs: 0 }
  }

  #answer(message: ObjectsMessage): unknown {
    if (message.type === 'GetNode')
      return { node: { status: { allocatable: { memory: '1000000' } } }, hostIps: ['192.0.2.1'], networkProblem: this.networkProblem }
    if (message.type === 'ListServices') return { services: [] }
    if (message.type === 'GetRuntimeHandler') return { found: true, handler: this.handlers.get(message.name) ?? message.name }
    if (message.type !== 'GetObject') return undefined
    const object = this.objects.get(`${message.ref.kind}/${message.ref.name}`)
    return object ? { found: true, object } : { found: false, retry: false, message: `${message.ref.name} not found` }
  }
}

/** A pod of one container `app`. */
export function labPod(spec: Partial<NonNullable<Pod['spec']>> = {}, container: Record<string, unknown> = {}): PodActorProps {
  const uid = podUid('uid-1')
  const pod = {
    metadata: { name: 'p', namespace: 'ns', uid },
    spec: { terminationGracePeriodSeconds: 30, containers: [{ name: 'app', image: 'app:1', ...container }], ...spec },
  } as unknown as Pod
  return { uid, origin: 'api', pod }
}
