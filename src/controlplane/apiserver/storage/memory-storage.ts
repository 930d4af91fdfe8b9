import type { KubeObject } from '../../../kube/objects.ts'
import type { ObjectJournal } from './object-journal.ts'
import type { Storage, StorageSink, WriteResult } from './storage.ts'

/** Keeps revisions in memory and nothing else: the objects themselves are held once, by the sink. With a journal the state outlives a restart. */
export class MemoryStorage implements Storage {
  readonly #revisions = new Map<string, number>()
  readonly #journal: ObjectJournal | undefined
  #revision = 1
  #sink: StorageSink | undefined

  constructor(journal?: ObjectJournal) {
    this.#journal = journal
  }

  async start(sink: StorageSink): Promise<void> {
    const loaded = (await this.#journal?.load()) ?? { objects: [], revision: 1 }
    for (const { key, revision } of loaded.objects) this.#revisions.set(key, revision)
    this.#revision = loaded.revision
    this.#sink = sink
    sink.reset(loaded.objects, loaded.revision)
  }

  async put(key: string, object: KubeObject, expected: number): Promise<WriteResult> {
    if ((this.#revisions.get(key) ?? 0) !== expected) return 'conflict'
    const revision = ++this.#revision
    this.#revisions.set(key, revision)
    this.#journal?.append({ key, revision, object })
    this.#sink?.apply({ key, revision, object })
    return { revision }
  }

  async remove(key: string, expected: number): Promise<WriteResult> {
    if ((this.#revisions.get(key) ?? 0) !== expected) return 'conflict'
    const revision = ++this.#revision
    this.#revisions.delete(key)
    this.#journal?.append({ key, revision })
    this.#sink?.apply({ key, revision })
    return { revision }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#journal?.[Symbol.asyncDispose]()
  }
}
