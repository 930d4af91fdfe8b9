import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { lastLine } from './last-line.ts'
import type { FromNodes, NodesOrder, NodesReport, ToNodes } from './nodes-messages.ts'
import { LoadError } from './progress.ts'

/** The process in which all nodes of a run live. Disposal stops it. */
export class NodeHost implements AsyncDisposable {
  readonly pid: number
  readonly names: readonly string[]
  readonly #process: ChildProcess

  private constructor(child: ChildProcess, names: readonly string[]) {
    this.pid = child.pid ?? 0
    this.names = names
    this.#process = child
  }

  /** Resolves once all nodes are registered or on their way to it. Its log is a file in `directory`, named in errors. */
  static async start(order: NodesOrder, directory: string, nodeArguments: readonly string[]): Promise<NodeHost> {
    const logFile = join(directory, 'nodes.log')
    const child = fork(join(import.meta.dirname, 'nodes-process.ts'), [JSON.stringify(order)], {
      // The flag that `podsteward` is started with.
      execArgv: ['--max-semi-space-size=8', ...nodeArguments],
      stdio: ['ignore', openSync(logFile, 'w'), openSync(logFile, 'a'), 'ipc'],
      detached: true,
    })
    const first = await Promise.race([once(child, 'message').then(([message]) => message as FromNodes), once(child, 'exit')])
    if (!('type' in first) || first.type !== 'ready') throw new LoadError(`the nodes did not start: ${lastLine(logFile)} (all of it: ${logFile})`)
    return new NodeHost(child, first.names)
  }

  async report(how: { readonly collect?: boolean; readonly reset?: boolean } = {}): Promise<NodesReport> {
    this.#tell({ type: 'report', ...how })
    const [message] = (await once(this.#process, 'message')) as [FromNodes]
    if (message.type !== 'report') throw new Error(`the process of nodes answered ${message.type} to report`)
    return message
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || !this.#process.connected) return
    const exited = once(this.#process, 'exit')
    this.#tell({ type: 'stop' })
    const deadline = setTimeout(() => this.#process.kill('SIGKILL'), 30_000)
    await exited
    clearTimeout(deadline)
  }

  #tell(message: ToNodes): void {
    this.#process.send(message)
  }
}
