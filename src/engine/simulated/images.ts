import { createHash } from 'node:crypto'
import { type Clock, sleep } from '../../base/clock.ts'
import { EngineError, type EngineErrorKind } from '../engine.ts'
import type { ImageState, RegistryCredential } from '../image.ts'
import { checkReference, withTag } from '../image-references.ts'

/** Why pulls of a reference fail. */
export type PullErrorKind = Extract<EngineErrorKind, 'image-not-found' | 'image-unauthorized' | 'registry-unavailable' | 'internal'>

const said: Readonly<Record<PullErrorKind, string>> = {
  'image-not-found': 'manifest unknown',
  'image-unauthorized': 'authentication required',
  'registry-unavailable': 'connection refused',
  internal: 'the pull failed',
}

/** Images that are there because they were pulled; every reference names one unless it was made to fail. */
export class SimulatedImages {
  readonly #clock: Clock
  readonly #byName = new Map<string, ImageState>()
  readonly #byId = new Map<string, ImageState>()
  readonly #failing = new Map<string, PullErrorKind>()
  readonly #accounts = new Map<string, { readonly username: string; readonly password: string }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Pulls of this reference fail from now on; `undefined` ends that. */
  failPulls(reference: string, kind: PullErrorKind | undefined): void {
    if (kind === undefined) this.#failing.delete(withTag(reference))
    else this.#failing.set(withTag(reference), kind)
  }

  /** Pulls of this reference need this account from now on. */
  requireCredential(reference: string, account: { readonly username: string; readonly password: string }): void {
    this.#accounts.set(withTag(reference), account)
  }

  /** By reference or id; undefined when it has not been pulled. Throws `invalid-image-name`. */
  state(name: string): ImageState | undefined {
    return this.#byName.get(withTag(checkReference(name))) ?? this.#byId.get(name)
  }

  list(): readonly ImageState[] {
    return [...this.#byId.values()]
  }

  async pull(
    name: string,
    credential: RegistryCredential | undefined,
    how: { readonly delayMs: number; readonly error?: EngineErrorKind },
    signal: AbortSignal,
  ): Promise<ImageState> {
    const reference = withTag(checkReference(name))
    if (how.delayMs > 0) await sleep(this.#clock, how.delayMs, signal)
    const error = how.error ?? this.#failing.get(reference) ?? this.#refusal(reference, credential)
    if (error !== undefined) throw new EngineError(error, `cannot pull image ${name}: ${said[error as PullErrorKind] ?? error}`)
    return this.#byName.get(reference) ?? this.#add(reference)
  }

  remove(state: ImageState): void {
    for (const name of [...state.repoTags, ...state.repoDigests]) this.#byName.delete(name)
    this.#byId.delete(state.id)
  }

  #refusal(reference: string, credential: RegistryCredential | undefined): EngineErrorKind | undefined {
    const account = this.#accounts.get(reference)
    if (!account) return undefined
    return credential?.username === account.username && credential.password === account.password ? undefined : 'image-unauthorized'
  }

  #add(reference: string): ImageState {
    const [named = '', digest] = reference.split('@')
    const slash = named.lastIndexOf('/')
    const colon = named.indexOf(':', slash + 1)
    const repository = colon < 0 ? named : named.slice(0, colon)
    const content = createHash('sha256').update(reference).digest()
    const id = `sha256:${content.toString('hex')}`
    const state: ImageState = {
      id,
      repoTags: digest === undefined ? [reference] : [],
      repoDigests: [`${repository}@${digest ?? id}`],
      // 1 to 257 MiB, the same at every run.
      sizeBytes: 2 ** 20 + (content.readUInt32BE(0) % 2 ** 28),
      createdAt: this.#clock.wall(),
      user: '',
      entrypoint: [],
      command: [],
      workingDir: '',
    }
    for (const name of [...state.repoTags, ...state.repoDigests]) this.#byName.set(name, state)
    this.#byId.set(id, state)
    return state
  }
}
