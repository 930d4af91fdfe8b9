import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Clock, Timer } from '../../../src/base/clock.ts'
import type { Logger } from '../../../src/base/log.ts'
import { makeDirectory } from '../../../src/base/make-directory.ts'
import { readStateFile, removeHalfWritten, StateFileError, writeStateFile } from '../../../src/base/state-file.ts'
import { parseJson, writeJson } from '../../../src/json/exact.ts'
import { objectCheck } from '../../../src/kube/answers/answer-types.ts'
import { isRecord } from '../../../src/kube/answers/type-check.ts'
import { type PodUid, podUid } from '../../../src/kube/ids.ts'
import type { Pod, Service } from '../../../src/kube/objects.ts'
import { podFault } from '../pod-fault.ts'

/** What is written down is what was so for this long at most before: a burst of changes is one write for each pod. */
const writeAfterMs = 1000
/** As long for what is worth little by itself: that a pod has begun is seen from what runs of it too, and a start is then one write rather than three. */
const writeLaterMs = 10_000
const parallelWrites = 8
/** What is due within this time of each other is written together. */
const shareMs = 500

interface Pending {
  /** Undefined: the file goes. */
  readonly content: object | undefined
  /** Monotonic ms. */
  readonly dueAt: number
}
const damaged = '.json.damaged'
const uidPattern = /^[A-Za-z0-9][-A-Za-z0-9.]{0,127}$/

/**
 * The last known pods of the API server, and the services that their environments name, a file each below `<root>/podsteward/checkpoints`
 * (mode 0600, replaced atomically). Read when the agent starts and the API server is away. Holds what the API server shows of pods: never a
 * Secret or a token. What cannot be written is said once; the node goes on without.
 */
export class Checkpoint implements AsyncDisposable {
  readonly #pods: string
  readonly #services: string
  readonly #clock: Clock
  readonly #log: Logger
  readonly #pending = new Map<string, Pending>()
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #writing: Promise<void> | undefined
  #ready: Promise<unknown> | undefined
  #moved: Promise<void> | undefined
  readonly #former: string
  #complained = false

  constructor(rootDirectory: string, { clock, log }: { clock: Clock; log: Logger }) {
    this.#former = join(rootDirectory, 'checkpoints')
    this.#pods = join(rootDirectory, 'podsteward/checkpoints/pods')
    this.#services = join(rootDirectory, 'podsteward/checkpoints/services.json')
    this.#clock = clock
    this.#log = log
  }

  /** Remembers the pod as it is now. */
  put(uid: PodUid, pod: Pod, when: 'soon' | 'later' = 'soon'): void {
    if (uidPattern.test(uid)) this.#later(this.#file(uid), pod, when === 'soon' ? writeAfterMs : writeLaterMs)
  }

  forget(uid: PodUid): void {
    if (uidPattern.test(uid)) this.#later(this.#file(uid), undefined)
  }

  /** Forgets all others, and what was set aside of them. */
  async keep(uids: ReadonlySet<PodUid>): Promise<void> {
    for (const suffix of ['.json', damaged])
      for (const uid of await this.#uids(suffix)) if (!uids.has(uid)) this.#later(join(this.#pods, `${uid}${suffix}`), undefined)
  }

  putServices(items: readonly Service[]): void {
    this.#later(this.#services, { items })
  }

  /** What is readable; a file that is damaged is set aside and said. */
  async pods(): Promise<Pod[]> {
    await this.#moveFormer()
    await removeHalfWritten(this.#pods)
    const found = await Promise.all((await this.#uids()).map((uid) => this.#read(this.#file(uid), (value) => podOf(value, uid))))
    return found.filter((pod) => pod !== undefined)
  }

  async services(): Promise<readonly Service[] | undefined> {
    await this.#moveFormer()
    return this.#read(this.#services, servicesOf)
  }

  /** Writes what is still to be written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#sleep()
    await this.#writing
    // What followed the last write may have set it anew.
    this.#sleep()
    await this.#write()
  }

  /** Earlier versions had them in `<root>/checkpoints`, which is a kubelet's own for checkpoints of containers. */
  #moveFormer(): Promise<void> {
    this.#moved ??= (async () => {
      for (const place of [this.#pods, this.#services]) {
        const former = join(this.#former, basename(place))
        try {
          if (!existsSync(former) || existsSync(place)) continue
          await makeDirectory(dirname(place), 0o700)
          await rename(former, place)
        } catch (error) {
          this.#log.warn('what an earlier version wrote down of pods cannot be moved, and is left out', { file: former, error: String(error) })
        }
      }
    })()
    return this.#moved
  }

  #file(uid: PodUid): string {
    return join(this.#pods, `${uid}.json`)
  }

  async #uids(suffix = '.json'): Promise<PodUid[]> {
    const names = await readdir(this.#pods).catch(() => [])
    return names.filter((name) => name.endsWith(suffix)).map((name) => podUid(name.slice(0, -suffix.length)))
  }

  async #read<T>(file: string, parse: (value: unknown) => T): Promise<T | undefined> {
    try {
      return await readStateFile(file, (text) => parse(parseJson(text)), this.#log)
    } catch (error) {
      if (!(error instanceof StateFileError)) throw error
      this.#log.warn('a checkpoint cannot be read and is left out', { file, error: error.message })
      return undefined
    }
  }

  #later(file: string, content: object | undefined, afterMs = writeAfterMs): void {
    const now = this.#clock.monotonic()
    const dueAt = Math.min(this.#pending.get(file)?.dueAt ?? Number.POSITIVE_INFINITY, now + afterMs)
    this.#pending.set(file, { content, dueAt })
    if (!this.#writing) this.#wakeAt(dueAt)
  }

  #wakeAt(dueAt: number): void {
    if (dueAt >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = dueAt
    const waitMs = Math.max(0, dueAt - this.#clock.monotonic())
    this.#timer = this.#clock.setTimer(waitMs, () => {
      this.#timer = undefined
      this.#timerAt = Number.POSITIVE_INFINITY
      this.#writing = this.#write(this.#clock.monotonic() + shareMs).finally(() => {
        this.#writing = undefined
        const next = [...this.#pending.values()].reduce((soonest, each) => Math.min(soonest, each.dueAt), Number.POSITIVE_INFINITY)
        if (next !== Number.POSITIVE_INFINITY) this.#wakeAt(Math.max(next, this.#clock.monotonic() + shareMs))
      })
    })
  }

  #sleep(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  /** What is due by then (monotonic ms); all without. */
  async #write(dueBy = Number.POSITIVE_INFINITY): Promise<void> {
    const batch: [file: string, content: object | undefined][] = []
    for (const [file, { content, dueAt }] of this.#pending) if (dueAt <= dueBy) batch.push([file, content])
    for (const [file] of batch) this.#pending.delete(file)
    const writers = Array.from({ length: parallelWrites }, async () => {
      for (let next = batch.pop(); next; next = batch.pop()) await this.#writeOne(...next)
    })
    await Promise.all(writers)
  }

  async #writeOne(file: string, content: object | undefined): Promise<void> {
    try {
      if (content === undefined) return await rm(file, { recursive: true, force: true })
      this.#ready ??= makeDirectory(this.#pods, 0o700)
      await this.#ready
      await writeStateFile(file, writeJson(content))
      this.#complained = false
    } catch (error) {
      this.#ready = undefined
      if (!this.#complained) this.#log.warn('the last known pods cannot be written down', { file, error: String(error) })
      this.#complained = true
    }
  }
}

const isPod = objectCheck('/api/v1/pods')
const isService = objectCheck('/api/v1/services')

function podOf(value: unknown, uid: PodUid): Pod {
  const pod = value as Pod
  const wrong = isPod(value) ?? podFault(pod) ?? (pod.metadata?.uid === uid ? undefined : '.metadata.uid: is not the one that names the file')
  if (wrong !== undefined) throw new Error(wrong.replace(/^[.:] ?/, ''))
  return pod
}

function servicesOf(value: unknown): readonly Service[] {
  if (!isRecord(value) || !Array.isArray(value.items)) throw new Error('items: must be a list')
  for (const [index, each] of value.items.entries()) {
    const wrong =
      isService(each) ?? ((each as Service).metadata?.name && (each as Service).metadata?.namespace ? undefined : '.metadata: must name the service')
    if (wrong !== undefined) throw new Error(`items[${index}]${wrong}`)
  }
  return value.items as readonly Service[]
}

/** Whether, and when, a newer version of a pod is to be kept: for what is to run, and for its end; that it has begun can wait; how it runs is not kept. Parts that did not change are the same objects. */
export function worthKeeping(before: Pod | undefined, pod: Pod): 'soon' | 'later' | undefined {
  const { metadata, spec, status } = pod
  if (
    before?.spec !== spec ||
    before?.metadata?.labels !== metadata?.labels ||
    before?.metadata?.annotations !== metadata?.annotations ||
    before?.metadata?.deletionTimestamp !== metadata?.deletionTimestamp
  )
    return 'soon'
  if (before?.status?.phase !== status?.phase) return status?.phase === 'Pending' || status?.phase === 'Running' ? 'later' : 'soon'
  return before?.status?.startTime === status?.startTime ? undefined : 'later'
}
