import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { reflect } from '../../src/kube/reflector.ts'
import { runLabel } from './pod-manifest.ts'
import { LoadError } from './progress.ts'

/** When a pod came and was Ready as one watch saw it; milliseconds of the monotonic clock. */
interface Seen {
  createdAt: number
  /** The first time. */
  readyAt?: number
  isReady?: boolean
  state: string
  /** What is wrong with it, in words. */
  says?: string
}

/** Follows all pods of a run by one watch. */
export class Tracker {
  readonly #client: KubeClient
  readonly #namespace: string
  readonly #run: string
  readonly #pods = new Map<string, Seen>()
  readonly #waiting = new Set<() => void>()
  #ready = 0
  #gone = 0
  #unready = 0

  constructor(client: KubeClient, namespace: string, run: string) {
    this.#client = client
    this.#namespace = namespace
    this.#run = run
  }

  get ready(): number {
    return this.#ready
  }

  get gone(): number {
    return this.#gone
  }

  /** How often a pod that had been Ready was seen not to be so. */
  get unready(): number {
    return this.#unready
  }

  /** Pods that are there. */
  get size(): number {
    return this.#pods.size
  }

  /** The API server has answered that it is created: it may be seen later than that. */
  created(name: string): void {
    const now = performance.now()
    if (!this.#pods.has(name)) this.#pods.set(name, { createdAt: now, state: 'created' })
  }

  /** Runs until aborted. */
  follow(signal: AbortSignal): Promise<void> {
    const path = `/api/v1/namespaces/${this.#namespace}/pods`
    const query = { labelSelector: `${runLabel}=${this.#run}` }
    const store = {
      sync: (pods: readonly Pod[]) => {
        for (const pod of pods) this.#see(pod)
      },
      upsert: (pod: Pod) => this.#see(pod),
      remove: (pod: Pod) => {
        const seen = this.#pods.get(pod.metadata?.name ?? '')
        if (seen?.readyAt !== undefined) this.#ready -= 1
        this.#pods.delete(pod.metadata?.name ?? '')
        this.#gone += 1
        this.#tell()
      },
    }
    return reflect<Pod>({ client: this.#client, path, query, store, clock: systemClock, log: silentLogger, signal })
  }

  /** Resolves once `holds`; rejects after `timeoutMs` with what the pods that are not Ready are at. */
  until(holds: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (then: () => void) => {
        clearTimeout(timer)
        this.#waiting.delete(check)
        then()
      }
      const check = () => {
        if (holds()) finish(resolve)
      }
      const timer = setTimeout(() => finish(() => reject(new LoadError(`not in time: ${this.describe()}`))), timeoutMs)
      this.#waiting.add(check)
      check()
    })
  }

  /** From creation to Ready in milliseconds, of those that are Ready, in order of their becoming so. */
  latencies(of: (name: string) => boolean = () => true): { readonly readyAt: number; readonly ms: number }[] {
    return [...this.#pods]
      .filter(([name]) => of(name))
      .flatMap(([, { createdAt, readyAt }]) => (readyAt === undefined ? [] : [{ readyAt, ms: readyAt - createdAt }]))
      .sort((a, b) => a.readyAt - b.readyAt)
  }

  /** `982 Ready, 18 Pending ContainerCreating`. */
  describe(): string {
    const states = new Map<string, number>()
    for (const { state, readyAt } of this.#pods.values()) {
      const key = readyAt === undefined ? state : 'Ready'
      states.set(key, (states.get(key) ?? 0) + 1)
    }
    const example = [...this.#pods.values()].find(({ readyAt, says }) => readyAt === undefined && says)?.says
    return ([...states].map(([state, times]) => `${times} ${state}`).join(', ') || 'no pods') + (example ? ` (one of them: ${example})` : '')
  }

  #see(pod: Pod): void {
    const name = pod.metadata?.name ?? ''
    const now = performance.now()
    const seen: Seen = this.#pods.get(name) ?? { createdAt: now, state: '' }
    this.#pods.set(name, seen)
    const waiting = pod.status?.containerStatuses?.find((status) => status.state?.waiting)?.state?.waiting
    seen.state = [pod.status?.phase, pod.status?.reason, waiting?.reason].filter(Boolean).join(' ')
    seen.says = pod.status?.message ?? waiting?.message
    const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
    if (ready && seen.readyAt === undefined) {
      seen.readyAt = now
      this.#ready += 1
    }
    if (seen.isReady && !ready && !pod.metadata?.deletionTimestamp) this.#unready += 1
    seen.isReady = ready
    this.#tell()
  }

  #tell(): void {
    for (const check of [...this.#waiting]) check()
  }
}
