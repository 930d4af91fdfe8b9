import { assertNever } from '../../../src/base/assert-never.ts'
import { backoffDelay } from '../../../src/base/backoff.ts'
import { mayBe } from '../../../src/kube/answers/identity.ts'
import { type KubeClient, KubeError } from '../../../src/kube/client.ts'
import { uidOf } from '../../../src/kube/ids.ts'
import type { Node, Pod } from '../../../src/kube/objects.ts'
import { pauseBefore } from '../../../src/kube/server-view.ts'
import type { Actor, ActorContext } from '../../kernel/types.ts'
import { type MirrorPodsMessage, nodeAddresses, type StatusReporterMessage } from '../messages.ts'
import { nameOf } from './known-pods.ts'
import { type MirrorTable, mirroredUid, mirrorOf } from './mirror-table.ts'

export interface MirrorPodsOptions {
  readonly client: KubeClient
  readonly table: MirrorTable
  readonly node: () => Node | undefined
}

/** The API server could not be reached or would not have it: 1 s doubling to a minute. */
const retry = { initialMs: 1000, maxMs: 60_000, jitter: 0.2 }

/**
 * Keeps a mirror on the API server for each static pod that runs here: made when missing, made anew when deleted or of another content,
 * taken away when its pod is gone. One request at a time for each name.
 */
export class MirrorPods implements Actor<MirrorPodsMessage> {
  readonly #context: ActorContext
  readonly #options: MirrorPodsOptions
  readonly #wanted = new Map<string, Pod>()
  readonly #busy = new Set<string>()
  readonly #failures = new Map<string, number>()
  #listed = false
  #sourcesReady = false

  constructor(context: ActorContext, options: MirrorPodsOptions) {
    this.#context = context
    this.#options = options
  }

  receive(message: MirrorPodsMessage): void {
    const { table } = this.#options
    switch (message.type) {
      case 'StaticPodRuns':
        this.#wanted.set(nameOf(message.pod), message.pod)
        return this.#reconcile(nameOf(message.pod))
      case 'StaticPodLeft':
        this.#wanted.delete(message.name)
        return this.#reconcile(message.name)
      case 'StaticSourcesReady':
        this.#sourcesReady = true
        return this.#reconcileAll()
      case 'MirrorsListed': {
        const now = new Set(message.pods.map(nameOf))
        const refused = message.refused ?? []
        const isThere = (mirror: Pod | undefined) => refused.some((each) => mayBe(each, mirror?.metadata ?? {}))
        for (const name of table.names()) if (!now.has(name) && !isThere(table.get(name))) table.delete(name)
        for (const pod of message.pods) this.#seen(pod)
        this.#listed = true
        return this.#reconcileAll()
      }
      case 'MirrorSeen':
        this.#seen(message.pod)
        return this.#reconcile(nameOf(message.pod))
      case 'MirrorGone':
        if (table.get(nameOf(message.pod))?.metadata?.uid === message.pod.metadata?.uid) table.delete(nameOf(message.pod))
        return this.#reconcile(nameOf(message.pod))
      case 'Reconcile':
        return this.#reconcile(message.name)
      default:
        assertNever(message)
    }
  }

  #seen(pod: Pod): void {
    this.#options.table.set(nameOf(pod), pod)
    const message: StatusReporterMessage = { type: 'MirrorSeen', uid: mirroredUid(pod) }
    if (!pod.metadata?.deletionTimestamp) this.#context.send(nodeAddresses.statusReporter, message)
  }

  #reconcileAll(): void {
    for (const name of new Set([...this.#wanted.keys(), ...this.#options.table.names()])) this.#reconcile(name)
  }

  #reconcile(name: string): void {
    // Before the first list a mirror that is there would be made again; before the manifests are read one that is wanted would be deleted.
    if (!this.#listed || this.#busy.has(name)) return
    const work = this.#next(name)
    if (!work) return
    this.#busy.add(name)
    void work()
      .then(
        () => void this.#failures.delete(name),
        (error: unknown) => this.#failed(name, error),
      )
      .finally(() => {
        this.#busy.delete(name)
        if (!this.#failures.has(name)) this.#reconcile(name)
      })
  }

  /** What is to be done for this name now, if anything. */
  #next(name: string): (() => Promise<void>) | undefined {
    const { table, node } = this.#options
    const pod = this.#wanted.get(name)
    const mirror = table.get(name)
    if (mirror) {
      const fits = pod && mirroredUid(mirror) === uidOf(pod) && !mirror.metadata?.deletionTimestamp
      if (fits || (!pod && !this.#sourcesReady)) return undefined
      return () => this.#delete(name, mirror)
    }
    const { name: nodeName, uid } = node()?.metadata ?? {}
    if (!pod || !nodeName || !uid) return undefined
    return () => this.#create(name, mirrorOf(pod, { name: nodeName, uid }))
  }

  async #delete(name: string, mirror: Pod): Promise<void> {
    const { client, table } = this.#options
    const { namespace, name: own, uid } = mirror.metadata ?? {}
    try {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } }
      await client.delete(`/api/v1/namespaces/${namespace}/pods/${own}`, body)
    } catch (error) {
      // Gone already, or another has the name and will be seen.
      if (!(error instanceof KubeError) || (error.code !== 404 && error.code !== 409)) throw error
    }
    if (table.get(name)?.metadata?.uid === uid) table.delete(name)
  }

  async #create(name: string, mirror: Pod): Promise<void> {
    const { client, table } = this.#options
    const path = `/api/v1/namespaces/${mirror.metadata?.namespace}/pods`
    try {
      const made = await client.create<Pod>(path, mirror)
      if (!table.get(name)) this.#seen(made)
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 409) throw error
      // A pod that is no mirror, or a mirror whose event is on its way: either is seen by asking.
      const there = await client.get<Pod>(`${path}/${mirror.metadata?.name}`)
      if (!mirroredUid(there)) throw new KubeError(`a pod of this name is there and is no mirror: ${error.message}`, 409, error.reason, { cause: error })
      this.#seen(there)
    }
  }

  #failed(name: string, error: unknown): void {
    const failures = (this.#failures.get(name) ?? 0) + 1
    this.#failures.set(name, failures)
    const message = error instanceof Error ? error.message : String(error)
    this.#context.log[failures === 1 ? 'warn' : 'debug']('mirror pod not reconciled, it is tried again', { pod: name, error: message })
    const again: MirrorPodsMessage = { type: 'Reconcile', name }
    const { clock, signal, self } = this.#context
    const waitMs = Math.max(error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0, backoffDelay(retry, failures))
    void pauseBefore('writes', this.#options.client, clock, waitMs, signal).then(
      () => this.#context.send(self, again, { mergeKey: `reconcile/${name}` }),
      () => {},
    )
  }
}
