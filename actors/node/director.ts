import { assertNever } from '../../src/base/assert-never.ts'
import type { EngineEvent, PodIdentity, PodSummary } from '../../src/engine/engine.ts'
import { type Identity, mayBe } from '../../src/kube/answers/identity.ts'
import { type PodUid, podUid, uidOf } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'
import type { Actor, ActorContext, ActorSystem, SendOptions } from '../kernel/types.ts'
import { type PodActorProps, type PodMessage, podAddress } from '../pod/messages.ts'
import { onlyStatusChanged } from '../pod/pod-change.ts'
import { type AdmissionOptions, Admissions } from './admission/admissions.ts'
import { isStatic } from './admission/critical.ts'
import { type Checkpoint, worthKeeping } from './checkpoint/checkpoint.ts'
import { Fingerprints } from './fingerprints.ts'
import {
  type DirectorMessage,
  type ImagePullsMessage,
  type MirrorPodsMessage,
  nodeAddresses,
  type QosCgroupsMessage,
  type RecordEvent,
  type StaticSource,
  type StatusReporterMessage,
} from './messages.ts'
import type { PodTable } from './pod-table.ts'
import { StaticPods } from './static/static-pods.ts'

export interface DirectorOptions extends AdmissionOptions {
  readonly system: ActorSystem
  readonly table: PodTable
  /** A pod that only the engine knew is taken away. */
  readonly orphaned?: () => void
  /** There is an actor that wants to know when pods came or went. */
  readonly qosCgroups?: boolean
  /** Sources of static pods that there are beside the API server. */
  readonly staticSources: readonly StaticSource[]
  /** Where the API server's pods are written down; absent where none outlives the agent. */
  readonly checkpoint?: Pick<Checkpoint, 'put' | 'forget' | 'keep' | 'pods'>
}

/** An API server that has not told its pods by then is away: the last known ones are taken for what shall run. */
const restoreAfterMs = 5_000
/** kubelet 1.32: with each sync of a pod, syncFrequency. */
const resizeRetryMs = 60_000

/**
 * Keeps one actor for each pod: makes it when the pod is first seen (and admitted), feeds it, forgets it when nothing of the pod is left.
 * Pods that only the engine knows are removed, but never before the source has once told all it has.
 */
export class Director implements Actor<DirectorMessage> {
  readonly #context: ActorContext
  readonly #options: DirectorOptions
  /** Pods gone from their source that still clean up. */
  readonly #leaving = new Set<PodUid>()
  readonly #admissions: Admissions
  readonly #fingerprints = new Fingerprints()
  readonly #static: StaticPods
  /** Pods that the source has and that could not be used when it was listed: whatever they are, they are not gone. */
  #refused: readonly Identity[] = []
  #listed = false
  #engineList: readonly PodSummary[] | undefined

  constructor(context: ActorContext, options: DirectorOptions) {
    this.#context = context
    this.#options = options
    this.#admissions = new Admissions(options, {
      warn: (pod, reason, message) => this.#event(pod, reason, message),
      preempt: (uid, message) => this.#tell(uid, { type: 'Evict', reason: 'Preempting', message, disruption: true, reclaim: true }),
      unreadable: (uid, error) => context.log.warn('requests of a pod cannot be read and are left out of the sum', { uid, error: String(error) }),
    })
    this.#static = new StaticPods(options.staticSources, {
      begin: (pod) => {
        this.#mirrors({ type: 'StaticPodRuns', pod })
        this.#upsert(pod)
      },
      end: (uid) => this.#gone(uid),
      ready: () => {
        this.#mirrors({ type: 'StaticSourcesReady' })
        this.#removeUnknown()
      },
    })
  }

  start(): void {
    if (this.#static.ready) this.#mirrors({ type: 'StaticSourcesReady' })
    const restore: DirectorMessage = { type: 'RestorePods' }
    if (this.#options.checkpoint) this.#context.after('restore', restoreAfterMs, restore)
  }

  receive(message: DirectorMessage): void {
    switch (message.type) {
      case 'PodsListed':
        return this.#list(message.pods, message.refused ?? [])
      case 'PodUpserted':
        return this.#upsert(message.pod)
      case 'PodGone':
        return this.#gone(message.uid)
      case 'StaticPods':
        return this.#static.set(message.source, message.pods)
      case 'PodStopped':
        return this.#static.left(message.name)
      case 'RestorePods':
        return this.#restore()
      case 'PodsRestored':
        return this.#restored(message.pods)
      case 'RetryResizes':
        return this.#retryResizes()
      case 'EngineEventSeen':
        return this.#engineEvent(message.event)
      case 'DirectoriesFound':
        return this.#directoriesFound(message.pods)
      case 'EngineListed':
        return this.#engineListed(message.pods)
      case 'PodFinished':
        return this.#finished(message.uid)
      default:
        assertNever(message)
    }
  }

  #list(pods: readonly Pod[], refused: readonly Identity[]): void {
    const { table, checkpoint } = this.#options
    this.#refused = refused
    const now = new Set(pods.map(uidOf))
    for (const pod of table.all()) {
      const uid = uidOf(pod)
      if (now.has(uid) || isStatic(pod)) continue
      if (this.#isRefused(pod.metadata)) now.add(uid)
      else this.#gone(uid)
    }
    // kubelet: pods are admitted in order of their creation.
    for (const pod of [...pods].sort((a, b) => String(a.metadata?.creationTimestamp).localeCompare(String(b.metadata?.creationTimestamp))))
      this.#upsertAlone(pod)
    this.#listed = true
    // What was written down of a pod is all there is of it while the source's is of no use.
    for (const { uid } of refused) if (uid !== undefined) now.add(podUid(uid))
    if (refused.every(({ uid }) => uid !== undefined)) void checkpoint?.keep(now)
    this.#removeUnknown()
  }

  /** A fault of ours that one pod of many meets is that pod's. */
  #upsertAlone(pod: Pod): void {
    try {
      this.#upsert(pod)
    } catch (error) {
      this.#context.log.error('a pod could not be taken in', { pod: `${pod.metadata?.namespace}/${pod.metadata?.name}`, error: String(error) })
      this.#event(pod, 'FailedSync', `error taking in the pod: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #isRefused(known: Identity | undefined): boolean {
    return this.#refused.some((each) => mayBe(each, known ?? {}))
  }

  #restore(): void {
    const { checkpoint } = this.#options
    if (this.#listed || !checkpoint) return
    void checkpoint.pods().then((pods) => this.#context.send(this.#context.self, { type: 'PodsRestored', pods } satisfies DirectorMessage))
  }

  /** Until the API server is back, whose list then wins. */
  #restored(pods: readonly Pod[]): void {
    if (this.#listed) return
    this.#context.log.warn('the API server has not told its pods; the last known ones are kept', { pods: pods.length })
    for (const pod of pods) if (!this.#options.table.has(uidOf(pod))) this.#upsertAlone(pod)
  }

  #upsert(seen: Pod): void {
    const { table, system } = this.#options
    const uid = uidOf(seen)
    const before = table.get(uid)
    if (!before) this.#admissions.decide(uid, seen)
    const pod = table.set(uid, seen)
    const keep = isStatic(pod) ? undefined : worthKeeping(before, pod)
    if (keep) this.#options.checkpoint?.put(uid, pod, keep)
    this.#admissions.occupy(uid, pod)
    if (!before) this.#podsChanged()
    this.#leaving.delete(uid)
    const props = this.#props(uid, pod)
    const at = podAddress(uid)
    if (system.has(at)) {
      const patient = before !== undefined && onlyStatusChanged(before, pod)
      system.updateProps(at, props, { patient })
      if (before?.metadata?.resourceVersion !== pod.metadata?.resourceVersion)
        this.#tell(uid, { type: 'PodChanged', pod, held: this.#admissions.heldOf(uid) }, { mergeKey: 'pod', patient })
    } else {
      // A pod that ended and was cleaned up before this agent started still gets an actor: it has nothing to do, and says so.
      const unknownToEngine = !before && this.#fingerprints.lacks(uid)
      system.spawn({ address: at, kind: 'pod', props: { ...props, unknownToEngine } })
      // By the next incarnation it may have containers.
      if (unknownToEngine) system.updateProps(at, props)
    }
    if (before && pod.status !== before.status) this.#reporter({ type: 'StatusSeen', uid })
    if (pod.metadata?.deletionTimestamp && !before?.metadata?.deletionTimestamp) this.#reporter({ type: 'PodSeen', uid })
    this.#retryResizes()
  }

  /** Room may have come free: a pod ended, went, or has become smaller. */
  #retryResizes(): void {
    for (const uid of this.#admissions.waiting()) {
      const pod = this.#options.table.get(uid)
      if (!pod) continue
      this.#admissions.occupy(uid, pod)
      if (this.#admissions.heldOf(uid)) continue
      this.#options.system.updateProps(podAddress(uid), this.#props(uid, pod))
      this.#tell(uid, { type: 'PodChanged', pod }, { mergeKey: 'pod' })
    }
    // The node itself may have grown, of which nobody tells.
    const retry: DirectorMessage = { type: 'RetryResizes' }
    if (this.#admissions.waiting().length > 0) this.#context.after('resizes', resizeRetryMs, retry)
  }

  #props(uid: PodUid, pod: Pod): PodActorProps {
    const rejection = this.#admissions.rejectionOf(uid)
    const origin = this.#static.originOf(uid)
    const held = this.#admissions.heldOf(uid)
    return { uid, origin, pod, ...(rejection ? { rejection } : {}), ...(held ? { held } : {}) }
  }

  #gone(uid: PodUid): void {
    const { table, system } = this.#options
    this.#refused = this.#refused.filter((each) => each.uid !== uid)
    const pod = table.get(uid)
    if (!pod) return
    table.delete(uid)
    this.#options.checkpoint?.forget(uid)
    this.#admissions.release(uid)
    this.#podsChanged()
    // An actor that is restarted from now on must not bring the pod back.
    system.updateProps(podAddress(uid), { ...this.#props(uid, pod), removed: true })
    this.#admissions.forget(uid)
    this.#leaving.add(uid)
    this.#reporter({ type: 'ForgetPod', uid })
    this.#tell(uid, { type: 'PodRemoved' })
    this.#retryResizes()
  }

  #podsChanged(): void {
    const changed: QosCgroupsMessage = { type: 'PodsChanged' }
    if (this.#options.qosCgroups) this.#context.send(nodeAddresses.qosCgroups, changed, { mergeKey: 'pods' })
  }

  #finished(uid: PodUid): void {
    // A pod that is still in its source keeps its actor.
    if (this.#options.table.has(uid)) return
    this.#leaving.delete(uid)
    this.#fingerprints.forget(uid)
    this.#context.send(nodeAddresses.imagePulls, { type: 'ForgetPulls', uid } satisfies ImagePullsMessage)
    const name = this.#static.nameOf(uid)
    const stopped = this.#options.system.stop(podAddress(uid))
    if (name === undefined) return
    this.#mirrors({ type: 'StaticPodLeft', name })
    void stopped.then(() => this.#context.send(this.#context.self, { type: 'PodStopped', name } satisfies DirectorMessage))
  }

  #engineEvent(event: EngineEvent): void {
    if (event.type === 'resync') {
      for (const uid of new Set([...this.#options.table.uids(), ...this.#leaving])) this.#tell(uid, { type: 'Resync' }, { mergeKey: 'resync' })
      return
    }
    const { uid } = event.pod
    // Who makes something tells of it itself, and what another makes of this pod's name is seen by the relist.
    if (event.change === 'created') return
    // A start is nearly always the actor's own.
    if (this.#options.system.has(podAddress(uid))) this.#tell(uid, { type: 'EngineChanged', event }, { patient: event.change === 'started' })
  }

  #engineListed(pods: readonly PodSummary[]): void {
    this.#engineList = pods
    for (const { uid, fingerprint } of this.#fingerprints.take(pods))
      if (this.#options.system.has(podAddress(uid))) this.#tell(uid, { type: 'Resync', fingerprint }, { mergeKey: 'resync' })
    this.#removeUnknown()
  }

  /** Containers of pods that nobody wants: an actor is made for each such pod, only to take it away. */
  #removeUnknown(): void {
    if (!this.#listed || !this.#static.ready || !this.#engineList) return
    for (const { pod } of this.#engineList) if (this.#removeIfUnknown(pod)) this.#options.orphaned?.()
    this.#engineList = undefined
  }

  /** Directories and logs of pods that nobody wants, of which the engine may know nothing. */
  #directoriesFound(pods: readonly PodIdentity[]): void {
    if (!this.#listed || !this.#static.ready) return
    for (const pod of pods) this.#removeIfUnknown(pod)
  }

  /** Answers whether it is. */
  #removeIfUnknown(pod: PodIdentity): boolean {
    const { table, system } = this.#options
    if (table.has(pod.uid) || system.has(podAddress(pod.uid)) || this.#isRefused(pod)) return false
    this.#context.log.info('removing a pod that is no longer wanted', { pod: `${pod.namespace}/${pod.name}`, uid: pod.uid })
    this.#leaving.add(pod.uid)
    const orphan: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod.name, namespace: pod.namespace, uid: pod.uid }, spec: { containers: [] } }
    const props: PodActorProps = { uid: pod.uid, origin: 'api', pod: orphan, removed: true }
    system.spawn({ address: podAddress(pod.uid), kind: 'pod', props })
    this.#tell(pod.uid, { type: 'PodRemoved' })
    return true
  }

  #tell(uid: PodUid, message: PodMessage, options?: Pick<SendOptions, 'mergeKey' | 'patient'>): void {
    this.#options.system.send(podAddress(uid), message, { ...options, priority: message.type === 'PodRemoved' ? 'system' : 'normal' })
  }

  #event(pod: Pod, reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = pod.metadata ?? {}
    const object = { apiVersion: 'v1', kind: 'Pod', name, namespace, uid, resourceVersion }
    this.#context.send(nodeAddresses.eventRecorder, { type: 'RecordEvent', object, eventType: 'Warning', reason, message } satisfies RecordEvent)
  }

  #mirrors(message: MirrorPodsMessage): void {
    this.#context.send(nodeAddresses.mirrorPods, message)
  }

  #reporter(message: StatusReporterMessage): void {
    this.#context.send(nodeAddresses.statusReporter, message)
  }
}
