import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { Kubectl } from './kubectl.ts'
import { testDockerSocket } from './test-docker.ts'
import { Hopeless, waitUntil } from './wait-until.ts'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')

/** A `podsteward` command started as a user would. */
export class Podsteward implements AsyncDisposable {
  readonly process: ChildProcess
  output = ''
  exitCode: number | null | undefined

  /** `under`: a command that becomes what is written behind it. */
  constructor(args: readonly string[], options: { cwd?: string; env?: Record<string, string>; under?: readonly string[] } = {}) {
    const [program = '', ...rest] = [...(options.under ?? []), process.execPath, main, ...args]
    this.process = spawn(program, rest, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output += chunk
      })
    }
    this.process.once('exit', (code) => {
      this.exitCode = code
    })
  }

  /** Waits until the output matches. */
  async says(pattern: RegExp, timeoutMs = 30_000): Promise<void> {
    await waitUntil(
      `output ${pattern}`,
      () => {
        if (pattern.test(this.output)) return true
        if (this.exitCode !== undefined) throw new Hopeless(`podsteward ended with ${this.exitCode} and never said ${pattern}: ${this.output}`)
        return false
      },
      { timeoutMs, seen: () => this.output },
    )
  }

  async stop(signal: NodeJS.Signals = 'SIGINT', timeoutMs = 20_000): Promise<void> {
    if (this.exitCode !== undefined) return
    this.process.kill(signal)
    await waitUntil('podsteward to end', () => this.exitCode !== undefined, { timeoutMs, seen: () => this.output })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop('SIGINT')
    } finally {
      this.process.kill('SIGKILL')
    }
  }
}

/** `podsteward up` on the test engine, without the example pod, on free ports. */
export async function startUp(stateDirectory: string, extra: readonly string[] = []): Promise<{ podsteward: Podsteward; kubectl: Kubectl }> {
  const podsteward = new Podsteward([
    'up',
    '--state-dir',
    stateDirectory,
    '--secure-port',
    '0',
    '--port',
    '0',
    '--cadvisor-port',
    '0',
    '--no-example',
    '--hostname-override',
    'e2e-node',
    ...(extra.includes('--container-runtime-endpoint') || extra.includes('--docker-endpoint') ? [] : ['--docker-endpoint', `unix://${testDockerSocket()}`]),
    ...extra,
  ])
  await podsteward.says(/e2e-node.*ready/)
  return { podsteward, kubectl: new Kubectl(join(stateDirectory, 'kubeconfig')) }
}
