import type { Etcd3, IKeyValue, Watcher } from 'etcd3'
import { type Clock, sleep } from '../../../base/clock.ts'
import type { Logger } from '../../../base/log.ts'
import { parseJson, writeJson } from '../../../json/exact.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { connectEtcd } from './etcd-client.ts'
import type { Storage, StorageSink, StoredObject, WriteResult } from './storage.ts'

const root = '/registry/'
// '0' follows '/': the end of the range of all keys below the root.
const rootEnd = '/registry0'
const page = 500
const writeTimeoutMs = 10_000
const removalTimeoutMs = 200
const farewellMs = 1000

/** Stores JSON values in etcd under the keys of a kube-apiserver with `--storage-media-type=application/json`; one watch feeds the sink. */
export class EtcdStorage implements Storage {
  readonly #client: Etcd3
  readonly #servers: string
  readonly #log: Logger
  readonly #clock: Clock
  #sink: StorageSink | undefined
  #watcher: Watcher | undefined
  #revision = 0
  /** The change that was seen last, to see whether etcd still has it. */
  #last: { readonly key: string; readonly revision: number } | undefined
  #loading = false
  #closed = false
  readonly #waiting = new Set<{ readonly revision: number; readonly resolve: () => void }>()

  /** `servers` are URLs such as `http://127.0.0.1:2379`. */
  constructor(servers: readonly string[], deps: { readonly log: Logger; readonly clock: Clock }) {
    this.#log = deps.log
    this.#clock = deps.clock
    this.#servers = servers.join(', ')
    this.#client = connectEtcd(servers)
  }

  async start(sink: StorageSink): Promise<void> {
    this.#sink = sink
    try {
      await this.#load()
    } catch (cause) {
      throw new Error(`etcd at ${this.#servers} cannot be read: ${(cause as Error).message}; is it running, and is the address right?`, { cause })
    }
  }

  async put(key: string, object: KubeObject, expected: number): Promise<WriteResult> {
    const value = writeJson(object)
    return this.#commit(key, this.#client.if(key, 'Mod', '==', expected).then(this.#client.put(key).value(value)))
  }

  async remove(key: string, expected: number): Promise<WriteResult> {
    return this.#commit(key, this.#client.if(key, 'Mod', '==', expected).then(this.#client.delete().key(key)))
  }

  /** etcd was replaced by an older copy: what is held here is of a history that is no more, and the watch is of revisions that are yet to come. */
  #wentBack(to: number): void {
    if (this.#closed || this.#loading) return
    this.#log.warn('etcd: its revision went back, it was restored from an older copy; loading again', { before: this.#revision, now: to })
    this.#loadAgain()
  }

  #loadAgain(): void {
    this.#loading = true
    const watcher = this.#watcher
    this.#watcher = undefined
    void watcher?.cancel().catch(() => undefined)
    this.#reload(0)
  }

  /** After the connection was lost: whether this is the etcd that it was. The last change that was seen must be there still. */
  async #verify(): Promise<void> {
    const last = this.#last
    const { kvs, header } = await this.#client.get(last?.key ?? root).exec()
    const revision = Number(header.revision)
    if (revision < this.#revision) return this.#wentBack(revision)
    if (last && this.#last === last && Number(kvs[0]?.mod_revision ?? 0) < last.revision && !this.#loading) {
      this.#log.warn('etcd: the change that was seen last is not in it; loading again', { key: last.key, revision: last.revision })
      this.#loadAgain()
    }
  }

  async #commit(key: string, transaction: ReturnType<ReturnType<Etcd3['if']>['then']>): Promise<WriteResult> {
    const before = this.#revision
    const { succeeded, header, responses } = await transaction.else(this.#client.get(key)).commit()
    const revision = Number(header.revision)
    if (revision < before) {
      this.#wentBack(revision)
      // What is read next must be of the etcd that took it.
      await this.#loaded()
      return succeeded ? { revision } : 'conflict'
    }
    if (succeeded) {
      await this.#reached(revision, writeTimeoutMs)
      return { revision }
    }
    // Wait for the change that was in the way, so that a second try reads it. Of a removal only the upper bound is known.
    const current = responses[0]?.response_range?.kvs[0]
    await this.#reached(current ? Number(current.mod_revision) : revision, current ? writeTimeoutMs : removalTimeoutMs)
    return 'conflict'
  }

  #reached(revision: number, timeoutMs: number): Promise<void> {
    if (this.#revision >= revision) return Promise.resolve()
    return new Promise((resolve) => {
      const finish = () => {
        timer.cancel()
        this.#waiting.delete(entry)
        resolve()
      }
      const entry = { revision, resolve: finish }
      const timer = this.#clock.setTimer(timeoutMs, finish)
      this.#waiting.add(entry)
    })
  }

  #advance(revision: number): void {
    if (revision <= this.#revision) return
    this.#revision = revision
    for (const entry of [...this.#waiting]) if (entry.revision <= revision) entry.resolve()
  }

  async #load(): Promise<void> {
    const objects: StoredObject[] = []
    let revision: string | undefined
    let start: string | Buffer = root
    for (;;) {
      const range = this.#client.getAll().inRange({ start, end: rootEnd }).limit(page)
      const { kvs, more, header } = await (revision ? range.revision(revision) : range).exec()
      revision ??= header.revision
      for (const kv of kvs) {
        const object = this.#decode(kv)
        if (object) objects.push({ key: kv.key.toString(), revision: Number(kv.mod_revision), object })
      }
      const last = kvs.at(-1)
      if (!more || !last) break
      start = Buffer.concat([last.key, Buffer.from([0])])
    }
    this.#sink?.reset(objects, Number(revision))
    this.#revision = Number(revision)
    this.#last = objects.reduce<StoredObject | undefined>((newest, each) => (newest && newest.revision > each.revision ? newest : each), undefined)
    // Who waited for a revision that is no more waits no longer.
    for (const entry of [...this.#waiting]) entry.resolve()
    await this.#watch(Number(revision) + 1)
    this.#loading = false
  }

  /** Resolves when what is being loaded is there, or has had its time. */
  #loaded(): Promise<void> {
    return this.#reached(Number.POSITIVE_INFINITY, writeTimeoutMs)
  }

  async #watch(from: number): Promise<void> {
    const watcher = await this.#client.watch().prefix(root).startRevision(String(from)).create()
    this.#watcher = watcher
    watcher.on('data', (response) => {
      for (const { type, kv } of response.events) this.#take(type, kv)
      this.#advance(Number(response.header.revision))
    })
    watcher.on('disconnected', () => this.#log.warn('etcd: the watch is interrupted, reconnecting'))
    watcher.on('connected', () => {
      this.#log.info('etcd: the watch is back')
      this.#verify().catch((error: Error) => this.#log.warn('etcd: whether it is as it was cannot be said', { error: error.message }))
    })
    // The watch was cancelled (compaction while disconnected): what was missed is unknown, so load again.
    watcher.on('error', (error) => {
      if (this.#closed || this.#watcher !== watcher) return
      this.#watcher = undefined
      this.#log.warn('etcd: the watch broke, loading again', { error: error.message })
      this.#loading = true
      void watcher.cancel().catch(() => undefined)
      this.#reload(250)
    })
  }

  #reload(delayMs: number): void {
    this.#clock.setTimer(delayMs, () => {
      if (this.#closed) return
      this.#load().catch((error: Error) => {
        this.#log.warn('etcd: loading failed, trying again', { error: error.message })
        this.#reload(Math.min(delayMs * 2, 10_000))
      })
    })
  }

  #take(type: 'Put' | 'Delete', kv: IKeyValue): void {
    const key = kv.key.toString()
    const revision = Number(kv.mod_revision)
    const object = type === 'Delete' ? undefined : this.#decode(kv)
    this.#last = type === 'Delete' ? undefined : { key, revision }
    if (object || type === 'Delete') this.#sink?.apply({ key, revision, object })
  }

  #decode({ key, value }: IKeyValue): KubeObject | undefined {
    // Values of a server with another media type start with the magic `k8s\0`.
    if (value[0] === 0x7b) {
      try {
        return parseJson(value.toString()) as KubeObject
      } catch {
        // Falls to the warning below.
      }
    }
    this.#log.warn('etcd: a value that is not JSON is ignored; was it written with another --storage-media-type?', { key: key.toString() })
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    // An etcd that hangs does not say that the watch is over.
    const cancelled = this.#watcher?.cancel().catch(() => undefined)
    await Promise.race([cancelled, sleep(this.#clock, farewellMs)])
    this.#client.close()
    for (const entry of [...this.#waiting]) entry.resolve()
  }
}
