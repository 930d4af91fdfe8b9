import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../src/base/clock.ts'
import type { NodeView } from './node-view.ts'

/** A file system that is not heard of for so long is as good as gone. */
const silentMs = 25_000

/**
 * Whether pods' directories can be made: a node whose root directory is read-only, or gone, runs no new pod and is not ready. That it is full is told by
 * DiskPressure. Nothing waits for a look: a disk may never answer.
 */
export class RootDirectory {
  readonly #path: string
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #nodeView: Pick<NodeView, 'setProblem'>
  #since: number | undefined

  constructor(options: { readonly path: string; readonly clock: Pick<Clock, 'monotonic'>; readonly nodeView: Pick<NodeView, 'setProblem'> }) {
    this.#path = options.path
    this.#clock = options.clock
    this.#nodeView = options.nodeView
  }

  /** Looks, unless the look before is still under way; what it finds is told to the node's view. */
  async look(): Promise<void> {
    const now = this.#clock.monotonic()
    if (this.#since !== undefined) {
      if (now - this.#since >= silentMs) this.#tell(`its file system has not answered for ${Math.round((now - this.#since) / 1000)} s`)
      return
    }
    this.#since = now
    try {
      await access(this.#path, constants.W_OK | constants.X_OK)
      // It may be a mount of its own.
      await access(join(this.#path, 'pods'), constants.W_OK | constants.X_OK).catch(unlessGone)
      this.#nodeView.setProblem(part, undefined)
    } catch (error) {
      this.#tell((error as Error).message.split(', ')[0] ?? String(error))
    } finally {
      this.#since = undefined
    }
  }

  #tell(why: string): void {
    this.#nodeView.setProblem(part, `root directory ${this.#path} cannot be written: ${why}`)
  }
}

const part = 'root-directory'

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
