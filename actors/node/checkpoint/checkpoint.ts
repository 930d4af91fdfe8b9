import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Timer } from '../../../src/base/clock.ts'
import type { Logger } from '../../../src/base/log.ts'
import { type PodUid, podUid } from '../../../src/kube/ids.ts'
import type { Pod, Service } from '../../../src/kube/objects.ts'

/** What is written down is what was so for this long at most before: a burst of changes is one write for each pod. */
const writeAfterMs = 1000
const parallelWrites = 8
const uidPattern = /^[A-Za-z0-9][-A-Za-z0-9.]{0,127}$/

/**
 * The last known pods of the API server, and the services that their environments name, a file each below `<root>/checkpoints`
 * (mode 0600, replaced atomically). Read when the agent starts and the API server is away. Holds what the API server shows of pods: never a
 * Secret or a token. What cannot be written is said once; the node goes on without.
 */
export class Checkpoint implements AsyncDisposable {
  readonly #pods: string
  readonly #services: string
  readonly #clock: Clock
  readonly #log: Logger
  readonly #pending = new Map<string, object | undefined>()
  #timer: Timer | undefined
  #writing: Promise<void> | undefined
  #ready: Promise<unknown> | undefined
  #complained = false

  constructor(rootDirectory: string, { clock, log }: { clock: Clock; log: Logger }) {
    this.#pods = join(rootDirectory, 'checkpoints/pods')
    this.#services = join(rootDirectory, 'checkpoints/services.json')
    this.#clock = clock
    this.#log = log
  }

  /** Remembers the pod as it is now. */
  put(uid: PodUid, pod: Pod): void {
    if (uidPattern.test(uid)) this.#later(this.#file(uid), pod)
  }

  forget(uid: PodUid): void {
    if (uidPattern.test(uid)) this.#later(this.#file(uid), undefined)
  }

  /** Forgets all others. */
  async keep(uids: ReadonlySet<PodUid>): Promise<void> {
    for (const uid of await this.#uids()) if (!uids.has(uid)) this.forget(uid)
  }

  putServices(items: readonly Service[]): void {
    this.#later(this.#services, { items })
  }

  /** What is readable; a file that is not is left out and said. */
  async pods(): Promise<Pod[]> {
    const found = await Promise.all((await this.#uids()).map((uid) => this.#read<Pod>(this.#file(uid))))
    return found.filter((pod) => pod !== undefined).filter((pod) => pod.metadata?.uid !== undefined && pod.spec !== undefined)
  }

  async services(): Promise<readonly Service[] | undefined> {
    return (await this.#read<{ items: Service[] }>(this.#services))?.items
  }

  /** Writes what is still to be written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    await this.#writing
    await this.#write()
  }

  #file(uid: PodUid): string {
    return join(this.#pods, `${uid}.json`)
  }

  async #uids(): Promise<PodUid[]> {
    const names = await readdir(this.#pods).catch(() => [])
    return names.filter((name) => name.endsWith('.json')).map((name) => podUid(name.slice(0, -'.json'.length)))
  }

  async #read<T>(file: string): Promise<T | undefined> {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as T
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#log.warn('a checkpoint cannot be read and is left out', { file, error: String(error) })
      return undefined
    }
  }

  #later(file: string, content: object | undefined): void {
    this.#pending.set(file, content)
    if (this.#timer || this.#writing) return
    this.#timer = this.#clock.setTimer(writeAfterMs, () => {
      this.#timer = undefined
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined
        const [next] = this.#pending
        if (next) this.#later(...next)
      })
    })
  }

  async #write(): Promise<void> {
    const batch = [...this.#pending]
    this.#pending.clear()
    const writers = Array.from({ length: parallelWrites }, async () => {
      for (let next = batch.pop(); next; next = batch.pop()) await this.#writeOne(...next)
    })
    await Promise.all(writers)
  }

  async #writeOne(file: string, content: object | undefined): Promise<void> {
    try {
      if (content === undefined) return await rm(file, { force: true })
      this.#ready ??= mkdir(this.#pods, { recursive: true, mode: 0o700 })
      await this.#ready
      const next = `${file}.new`
      await rm(next, { force: true })
      const handle = await open(next, 'wx', 0o600)
      try {
        await handle.writeFile(JSON.stringify(content))
      } finally {
        await handle.close()
      }
      await rename(next, file)
    } catch (error) {
      this.#ready = undefined
      if (!this.#complained) this.#log.warn('the last known pods cannot be written down', { file, error: String(error) })
      this.#complained = true
    }
  }
}

/** Whether a newer version of a pod differs in what a checkpoint is for: what is to run, not how it does. Parts that did not change are the same objects. */
export function worthKeeping(before: Pod | undefined, pod: Pod): boolean {
  const { metadata, spec, status } = pod
  return (
    before?.spec !== spec ||
    before?.metadata?.labels !== metadata?.labels ||
    before?.metadata?.annotations !== metadata?.annotations ||
    before?.metadata?.deletionTimestamp !== metadata?.deletionTimestamp ||
    before?.status?.phase !== status?.phase ||
    before?.status?.startTime !== status?.startTime
  )
}
