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
  readonly #logs: string
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #nodeView: Pick<NodeView, 'setProblem'>
  #since: number | undefined

  constructor(options: {
    readonly path: string
    readonly podLogsDirectory: string
    readonly clock: Pick<Clock, 'monotonic'>
    readonly nodeView: Pick<NodeView, 'setProblem'>
  }) {
    this.#path = options.path
    this.#logs = options.podLogsDirectory
    this.#clock = options.clock
    this.#nodeView = options.nodeView
  }

  /** Looks, unless the look before is still under way; what it finds is told to the node's view. */
  async look(): Promise<void> {
    const now = this.#clock.monotonic()
    if (this.#since !== undefined) {
      if (now - this.#since >= silentMs) this.#nodeView.setProblem(part, `root directory ${this.#path} does not answer`)
      return
    }
    this.#since = now
    try {
      const why = await unwritable(this.#path)
      // Either may be a mount of its own, and is made with the first pod.
      const pods = why ?? (await unwritable(join(this.#path, 'pods'), 'made'))
      const logs = await unwritable(this.#logs, 'made')
      const problems = [
        ...(pods === undefined ? [] : [`root directory ${this.#path} cannot be written: ${pods}`]),
        ...(logs === undefined ? [] : [`pod logs directory ${this.#logs} cannot be written: ${logs}`]),
      ]
      this.#nodeView.setProblem(part, problems.length === 0 ? undefined : problems.join(', '))
    } finally {
      this.#since = undefined
    }
  }
}

const part = 'root-directory'

/** Why the directory cannot be written; `made`: it is when it is wanted. */
async function unwritable(path: string, made?: 'made'): Promise<string | undefined> {
  try {
    await access(path, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return made && code === 'ENOENT' ? undefined : message.split(', ')[0]
  }
}
