import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { lastLine } from './last-line.ts'
import { LoadError } from './progress.ts'

/** The API server that is loaded. */
export interface ApiServer extends AsyncDisposable {
  readonly kubeconfig: string
  /** Absent when it is not ours. */
  readonly pid?: number
}

/** Starts `podsteward controlplane` in a process of its own, as a user would. */
export async function startApiServer(directory: string, nodeArguments: readonly string[]): Promise<ApiServer> {
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
  const state = join(directory, 'controlplane')
  const logFile = join(directory, 'controlplane.log')
  const child = spawn(process.execPath, ['--max-semi-space-size=8', ...nodeArguments, main, 'controlplane', '--state-dir', state, '--secure-port', '0'], {
    stdio: ['ignore', 'pipe', openSync(logFile, 'w')],
    // Ctrl-C is for the load, which ends the others in order.
    detached: true,
  })
  const exited = once(child, 'exit')
  const listening = new Promise<boolean>((tell) => {
    createInterface({ input: child.stdout as Readable }).on('line', (line) => line.startsWith('API server: ') && tell(true))
  })
  if (!(await Promise.race([listening, exited.then(() => false)])))
    throw new LoadError(`the API server did not start: ${lastLine(logFile)} (all of it: ${logFile})`)
  return {
    kubeconfig: join(state, 'kubeconfig'),
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT')
      const deadline = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await exited
      clearTimeout(deadline)
    },
  }
}
