import { type DirectoryIdentity, type HeldDirectory, sameDirectory, type TreeEntry } from './held-directory.ts'
import { TreeError } from './tree-error.ts'

/** What is done with a tree. Rejections end the walk; `onError` may take them instead. */
export interface TreeVisitor {
  /** An entry as it is found. `descend`: what is below it shall be visited too, then `leave` comes. */
  enter(parent: HeldDirectory, entry: TreeEntry): Promise<'descend' | 'done'>
  /** All that is below it has been visited, or could not be (`complete`: false). */
  leave(parent: HeldDirectory, name: Buffer, complete: boolean): Promise<void>
  /** Something could not be done with an entry; throws to end the walk. Without it every error ends it. */
  onError?(error: TreeError): void
  /** How a directory is opened; default plainly. */
  open?(parent: HeldDirectory, name: Buffer): Promise<HeldDirectory>
  /** The directory is another mount's. */
  onMount(path: readonly Buffer[]): void
  /** The visitor takes away what it visits: a directory is read again and again, in small parts, until nothing new is in it. */
  readonly removes: boolean
}

/** The tree was changed by somebody else in a way that the walk lost its place. */
export class TreeChangedError extends Error {
  override readonly name = 'TreeChangedError'
}

/** Directories near the present one that stay open; the others are opened again from below, as fts(3) does, however deep the tree. */
const openAtOnce = 32
/** Of a visitor that removes: subdirectories noted in one reading. A tree that is deep and wide at each level shall not fill the memory. */
const notedWhenShallow = 512
const notedWhenDeep = 4
const deep = 64

interface Frame {
  readonly name: Buffer
  identity: DirectoryIdentity
  held: HeldDirectory | undefined
  /** Subdirectories to go into, the next one last. */
  pending: Buffer[]
  /** There may be more than was noted. */
  more: boolean
  complete: boolean
}

/** Calls made again on an entry that was another thing by the time it was opened. */
const chances = 5
/** Directories that were filled again while they were emptied, in one walk. */
const refills = 100

/**
 * Visits everything below `root`, children before their parents, never following a symlink nor going into another mount. Iterative and relative to open
 * directories: depth and names do not matter. Not the root itself. Throws `TreeError` for what the file system refuses, `TreeChangedError`.
 */
export async function walkTree(root: HeldDirectory, rootName: string, visitor: TreeVisitor, signal?: AbortSignal): Promise<boolean> {
  const walk = new Walk(root, rootName, visitor, signal)
  return walk.run()
}

class Walk {
  readonly #frames: Frame[] = []
  readonly #root: HeldDirectory
  readonly #rootName: string
  readonly #visitor: TreeVisitor
  readonly #signal: AbortSignal | undefined
  #refillsLeft = refills

  constructor(root: HeldDirectory, rootName: string, visitor: TreeVisitor, signal: AbortSignal | undefined) {
    this.#root = root
    this.#rootName = rootName
    this.#visitor = visitor
    this.#signal = signal
  }

  /** Whether all of it was visited. */
  async run(): Promise<boolean> {
    const bottom: Frame = { name: Buffer.alloc(0), identity: this.#root.identity, held: this.#root, pending: [], more: true, complete: true }
    this.#frames.push(bottom)
    try {
      for (let frame = this.#frames.at(-1); frame; frame = this.#frames.at(-1)) {
        this.#signal?.throwIfAborted()
        const next = frame.pending.pop()
        if (next) await this.#goInto(frame, next, chances)
        else if (frame.more) await this.#read(frame)
        else if (frame === bottom) break
        else await this.#goUp(frame)
      }
      return bottom.complete
    } finally {
      for (const { held } of this.#frames) if (held && held !== this.#root) held[Symbol.dispose]()
    }
  }

  async #read(frame: Frame): Promise<void> {
    const { removes } = this.#visitor
    const most = removes ? (this.#frames.length > deep ? notedWhenDeep : notedWhenShallow) : Number.POSITIVE_INFINITY
    const directory = held(frame)
    frame.more = false
    try {
      for await (const entry of directory.entries()) {
        this.#signal?.throwIfAborted()
        if (frame.pending.length >= most) {
          // What could not be removed would be found again for ever.
          frame.more = frame.complete
          break
        }
        if ((await this.#enter(frame, directory, entry)) === 'descend') frame.pending.push(entry.name)
      }
    } catch (error) {
      this.#failed(frame, error, [])
    }
    frame.pending.reverse()
  }

  async #enter(frame: Frame, directory: HeldDirectory, entry: TreeEntry): Promise<'descend' | 'done'> {
    try {
      return await this.#visitor.enter(directory, entry)
    } catch (error) {
      this.#failed(frame, error, [entry.name])
      return 'done'
    }
  }

  async #goInto(frame: Frame, name: Buffer, chancesLeft: number): Promise<void> {
    let child: HeldDirectory
    try {
      child = await (this.#visitor.open?.(held(frame), name) ?? held(frame).openBelow(name))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return
      // Another thing by now.
      if ((code === 'ENOTDIR' || code === 'ELOOP') && chancesLeft > 0) {
        const again = await this.#enter(frame, held(frame), { name, looksLikeDirectory: false })
        return again === 'descend' ? this.#goInto(frame, name, chancesLeft - 1) : undefined
      }
      return this.#failed(frame, error, [name])
    }
    if (child.identity.mount !== this.#root.identity.mount) {
      child[Symbol.dispose]()
      frame.complete = false
      return this.#visitor.onMount([...this.#names(), name])
    }
    this.#frames.push({ name, identity: child.identity, held: child, pending: [], more: true, complete: true })
    const far = this.#frames.at(-openAtOnce)
    if (far?.held && far.held !== this.#root) {
      far.held[Symbol.dispose]()
      far.held = undefined
    }
  }

  async #goUp(frame: Frame): Promise<void> {
    const parent = this.#frames.at(-2)
    if (!parent) return
    parent.held ??= await this.#openAgain(frame, parent)
    this.#frames.pop()
    frame.held?.[Symbol.dispose]()
    if (!frame.complete) parent.complete = false
    try {
      await this.#visitor.leave(held(parent), frame.name, frame.complete)
    } catch (error) {
      if (this.#visitor.removes && (error as NodeJS.ErrnoException).code === 'ENOTEMPTY' && this.#refillsLeft-- > 0) {
        // Somebody puts new things there.
        parent.more = parent.complete
        return
      }
      this.#failed(parent, error, [frame.name])
    }
  }

  async #openAgain(frame: Frame, parent: Frame): Promise<HeldDirectory> {
    const above = await held(frame).openAbove()
    if (sameDirectory(above.identity, parent.identity)) return above
    above[Symbol.dispose]()
    throw new TreeChangedError(`${this.#rootName} was changed while it was walked through: a directory was moved`)
  }

  #failed(frame: Frame, error: unknown, names: readonly Buffer[]): void {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (this.#signal?.aborted || code === undefined || syscall === undefined) throw error
    const told = error instanceof TreeError ? error : new TreeError(error as NodeJS.ErrnoException, this.#rootName, [...this.#names(), ...names])
    frame.complete = false
    if (!this.#visitor.onError) throw told
    this.#visitor.onError(told)
  }

  #names(): Buffer[] {
    return this.#frames.slice(1).map(({ name }) => name)
  }
}

function held(frame: Frame): HeldDirectory {
  if (!frame.held) throw new Error('the present directory is always open')
  return frame.held
}
