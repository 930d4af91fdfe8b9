import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../../src/base/state-file.ts'
import type { UserNamespace } from '../../src/engine/settings.ts'
import type { PodUid } from '../../src/kube/ids.ts'
import { cutIds, type IdRanges, partOf, type SubordinateIds } from '../../src/user-namespaces/id-ranges.ts'
import { readMappings, writeMappings } from '../../src/user-namespaces/mappings-file.ts'
import { type Actor, type ActorContext, Later } from '../kernel/types.ts'

/** To `node/user-namespaces`, by `ask`: answers `UserNamespaceAnswer`. */
export interface UserNamespacesMessage {
  readonly type: 'GetUserNamespace'
  readonly uid: PodUid
  /** `<root>/pods/<uid>` */
  readonly podDirectory: string
}

export type UserNamespaceAnswer = { readonly ok: true; readonly ids: UserNamespace } | { readonly ok: false; readonly message: string }

export interface UserNamespacesOptions {
  /** `<root>/pods` */
  readonly podsDirectory: string
  readonly idsPerPod: number
  readonly maxPods: number
  /** Ids that the node has for pods. */
  readonly ids: () => Promise<SubordinateIds>
}

/**
 * Gives each pod that wants a user namespace of its own ids that no other has (KEP-127). They are kept where a kubelet keeps them, in the pod's directory, and are
 * free again once that is gone: so they outlast the agent, and are the same to a kubelet in its place.
 */
export class UserNamespaces implements Actor<UserNamespacesMessage> {
  readonly #context: ActorContext
  readonly #options: UserNamespacesOptions
  #ranges: IdRanges | undefined
  /** By part. */
  readonly #owners = new Map<number, PodUid>()
  readonly #parts = new Map<PodUid, number>()
  /** Where the next free part is looked for first: what has just become free is taken again last. */
  #next = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(context: ActorContext, options: UserNamespacesOptions) {
    this.#context = context
    this.#options = options
  }

  receive(message: UserNamespacesMessage): unknown {
    const answer = this.#turn.then(() => this.#answer(message))
    this.#turn = answer
    return new Later(answer)
  }

  async #answer({ uid, podDirectory }: UserNamespacesMessage): Promise<UserNamespaceAnswer> {
    try {
      this.#ranges ??= await this.#begin()
      return { ok: true, ids: await this.#idsOf(this.#ranges, uid, podDirectory) }
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) }
    }
  }

  async #begin(): Promise<IdRanges> {
    const { ids, idsPerPod, maxPods } = this.#options
    const ranges = await ids()
      .then((all) => cutIds(all, idsPerPod, maxPods))
      .catch((cause: Error) => {
        throw new Error(`create user namespace: kubelet mappings: ${cause.message}`, { cause })
      })
    await this.#lookAtDisk(ranges)
    return ranges
  }

  async #idsOf(ranges: IdRanges, uid: PodUid, podDirectory: string): Promise<UserNamespace> {
    const kept = await readMappings(podDirectory).catch((cause: Error) => {
      throw new Error(`user namespace: ${cause.message}`, { cause })
    })
    if (kept) {
      this.#record(ranges, uid, kept)
      return kept
    }
    const part = this.#freePart(ranges) ?? (await this.#freedPart(ranges))
    if (part === undefined) throw new Error('create user namespace: could not find an empty slot to allocate a user namespace')
    const ids = { hostId: ranges.first + part * ranges.idsPerPod, length: ranges.idsPerPod }
    this.#own(uid, part)
    try {
      await writeMappings(podDirectory, ids)
    } catch (cause) {
      this.#disown(uid)
      throw new Error(`create user namespace: ${(cause as Error).message}`, { cause })
    }
    this.#next = (part + 1) % ranges.count
    return ids
  }

  /** What the pod's directory says; another pod's ids are not given twice. */
  #record(ranges: IdRanges, uid: PodUid, ids: UserNamespace): void {
    try {
      const part = partOf(ranges, ids.hostId, ids.length)
      const before = this.#parts.get(uid)
      if (before !== undefined && before !== part) throw new Error(`different user namespace range already used by pod ${JSON.stringify(uid)}`)
      if (before === undefined && this.#owners.has(part)) throw new Error(`range picked for pod ${JSON.stringify(uid)} already taken`)
      this.#own(uid, part)
    } catch (cause) {
      throw new Error(`user namespace: ${(cause as Error).message}`, { cause })
    }
  }

  #freePart({ count }: IdRanges): number | undefined {
    if (this.#owners.size >= count) return undefined
    for (let tried = 0; tried < count; tried++) {
      const part = (this.#next + tried) % count
      if (!this.#owners.has(part)) return part
    }
    return undefined
  }

  /** Pods that are gone are told of by their directories, looked at when no other ids are left. */
  async #freedPart(ranges: IdRanges): Promise<number | undefined> {
    this.#owners.clear()
    this.#parts.clear()
    await this.#lookAtDisk(ranges)
    return this.#freePart(ranges)
  }

  async #lookAtDisk(ranges: IdRanges): Promise<void> {
    const { podsDirectory } = this.#options
    const uids = await readdir(podsDirectory).catch((error: unknown) => {
      if (isMissing(error)) return []
      throw error
    })
    for (const uid of uids) {
      try {
        const ids = await readMappings(join(podsDirectory, uid))
        if (ids) this.#record(ranges, uid as PodUid, ids)
      } catch (error) {
        // That pod is told when it asks.
        this.#context.log.warn('the ids of a pod cannot be used', { pod: uid, error: error instanceof Error ? error.message : String(error) })
      }
    }
  }

  #own(uid: PodUid, part: number): void {
    this.#owners.set(part, uid)
    this.#parts.set(uid, part)
  }

  #disown(uid: PodUid): void {
    this.#owners.delete(this.#parts.get(uid) ?? -1)
    this.#parts.delete(uid)
  }
}
