import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { withCodeCache } from '../../src/cli/code-cache.ts'
import { lastLine } from './last-line.ts'
import type { Adopted, FromNodes, NodesOrder, NodesReport, ToNodes } from './nodes-messages.ts'
import { LoadError } from './progress.ts'

/** The process in which all nodes of a run live. Disposal stops it. */
export class NodeHost implements AsyncDisposable {
  readonly names: readonly string[]
  readonly #order: NodesOrder
  readonly #logFile: string
  readonly #nodeArguments: readonly string[]
  #process: ChildProcess

  private constructor(order: NodesOrder, logFile: string, nodeArguments: readonly string[], { child, names }: Started) {
    this.#order = order
    this.#logFile = logFile
    this.#nodeArguments = nodeArguments
    this.#process = child
    this.names = names
  }

  /** Resolves once all nodes are registered or on their way to it. Its log is a file in `directory`, named in errors. */
  static async start(order: NodesOrder, directory: string, nodeArguments: readonly string[]): Promise<NodeHost> {
    const logFile = join(directory, 'nodes.log')
    return new NodeHost(order, logFile, nodeArguments, await start(order, logFile, nodeArguments))
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  async report(how: { readonly collect?: boolean; readonly reset?: boolean; readonly watchDelay?: boolean } = {}): Promise<NodesReport> {
    return this.#ask({ type: 'report', ...how }, 'report')
  }

  /**
   * Starts the agents again on what they left: on Docker the process is killed (SIGKILL) and another takes its place; a simulated engine
   * lives in the process, where its agent alone is stopped.
   */
  async restart(adopts: Adopted): Promise<void> {
    if (this.#order.engine === 'simulated') {
      await this.#ask({ type: 'restart', adopts }, 'restarted')
      return
    }
    const killed = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await killed
    const { child } = await start({ ...this.#order, adopts }, this.#logFile, this.#nodeArguments)
    this.#process = child
  }

  /** Seconds from the start of the process (of the agents, where they were started again in it) until they had adopted all pods. Its log says what keeps it. */
  async adopted(timeoutMs: number): Promise<number> {
    try {
      return (await this.#ask({ type: 'await-adoption' }, 'adopted', AbortSignal.timeout(timeoutMs))).seconds
    } catch (cause) {
      if (!(cause instanceof Error && cause.name === 'AbortError')) throw cause
      throw new LoadError(`not all pods were adopted in time; the agent's log is ${this.#logFile}`, { cause })
    }
  }

  /** Containers of simulated engines that were touched since the agents were stopped to be started again. */
  async containersTouched(): Promise<number> {
    return (await this.#ask({ type: 'count-touched' }, 'touched')).containers
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || !this.#process.connected) return
    const exited = once(this.#process, 'exit')
    this.#tell({ type: 'stop' })
    const deadline = setTimeout(() => this.#process.kill('SIGKILL'), 30_000)
    await exited
    clearTimeout(deadline)
  }

  async #ask<T extends FromNodes['type']>(question: ToNodes, answer: T, signal?: AbortSignal): Promise<FromNodes & { readonly type: T }> {
    const answered = once(this.#process, 'message', { signal }) as Promise<[FromNodes]>
    this.#tell(question)
    const [message] = await answered
    if (!isA(message, answer)) throw new Error(`the process of nodes answered ${message.type} to ${question.type}`)
    return message
  }

  #tell(message: ToNodes): void {
    this.#process.send(message)
  }
}

interface Started {
  readonly child: ChildProcess
  readonly names: readonly string[]
}

async function start(order: NodesOrder, logFile: string, nodeArguments: readonly string[]): Promise<Started> {
  const log = openSync(logFile, 'a')
  const child = fork(join(import.meta.dirname, 'nodes-process.ts'), [JSON.stringify(order)], {
    // The flag that `podsteward` is started with.
    execArgv: ['--max-semi-space-size=8', ...nodeArguments],
    // And as `podsteward` it has at hand what was compiled at an earlier start.
    env: withCodeCache(process.env),
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  })
  closeSync(log)
  const first = await Promise.race([once(child, 'message').then(([message]) => message as FromNodes), once(child, 'exit')])
  if (!('type' in first) || first.type !== 'ready') throw new LoadError(`the nodes did not start: ${lastLine(logFile)} (all of it: ${logFile})`)
  return { child, names: first.names }
}

const isA = <T extends FromNodes['type']>(message: FromNodes, type: T): message is FromNodes & { readonly type: T } => message.type === type
