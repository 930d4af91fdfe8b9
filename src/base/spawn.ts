import { spawn } from 'node:child_process'

/** What a finished process left behind. Both outputs are cut to `maxOutputBytes`. */
export interface SpawnResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface SpawnOptions {
  readonly signal?: AbortSignal
  /** Killed with SIGKILL after this. Default 2 min. */
  readonly timeoutMs?: number
  /** Per stream. Default 64 KiB. */
  readonly maxOutputBytes?: number
  readonly input?: string
  /** Where it runs; default the agent's own directory. */
  readonly cwd?: string
  /** Beside PATH and the locale, or instead of them. */
  readonly env?: Readonly<Record<string, string>>
}

/** A program could not be started, was killed, or (with `run`) ended with a code other than 0. */
export class SpawnError extends Error {
  override readonly name = 'SpawnError'
  readonly program: string
  /** Undefined when it never ended by itself. */
  readonly result: SpawnResult | undefined

  constructor(program: string, message: string, options: { result?: SpawnResult; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.program = program
    this.result = options.result
  }
}

/** A program that writes more than that beside what is kept of it does not end by itself. */
const mostUnreadBytes = 64 * 2 ** 20

/** What programs are given, and nothing of the agent's own. The locale is C so that messages can be recognised. */
export const programEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }

/**
 * Runs a program without a shell and waits for its end, whatever its exit code. The one way to start a process.
 * Throws `SpawnError` when it does not start, is killed or takes too long.
 */
export function spawnAndWait(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<SpawnResult> {
  const { timeoutMs = 120_000, maxOutputBytes = 65_536, signal, input, env, cwd } = options
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { ...programEnvironment, ...env },
      killSignal: 'SIGKILL',
      signal,
      cwd,
    })
    // Not spawn's own time-out: where the program cannot be started, its timer runs on and keeps the process alive.
    const deadline = setTimeout(() => {
      child.kill('SIGKILL')
      // What it started itself may live on and hold them: nobody waits for that.
      child.stdout?.destroy()
      child.stderr?.destroy()
    }, timeoutMs)
    const stdout = collect(maxOutputBytes)
    const stderr = collect(maxOutputBytes)
    let unread = mostUnreadBytes
    let isEndless = false
    const heard = (add: (chunk: Buffer) => number) => (chunk: Buffer) => {
      unread -= add(chunk)
      if (unread >= 0 || isEndless) return
      isEndless = true
      child.kill('SIGKILL')
      child.stdout?.destroy()
      child.stderr?.destroy()
    }
    child.stdout?.on('data', heard(stdout.add))
    child.stderr?.on('data', heard(stderr.add))
    // A program that does not read its input is not in error for that.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    child.once('error', (cause) => {
      clearTimeout(deadline)
      reject(new SpawnError(program, `cannot run ${program}: ${cause.message}`, { cause }))
    })
    child.once('close', (code, killedBy) => {
      clearTimeout(deadline)
      if (isEndless)
        return reject(new SpawnError(program, `${program} was killed: its output did not end after ${mostUnreadBytes} bytes that nobody asked for`))
      if (code === null) return reject(new SpawnError(program, `${program} was killed by ${killedBy} (time-out ${timeoutMs} ms): ${stderr.text()}`))
      resolve({ exitCode: code, stdout: stdout.text(), stderr: stderr.text() })
    })
  })
}

/** As `spawnAndWait`, but an exit code other than 0 throws `SpawnError` with what the program said. */
export async function run(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<SpawnResult> {
  const result = await spawnAndWait(program, args, options)
  if (result.exitCode === 0) return result
  throw new SpawnError(program, `${program} ${args.join(' ')}: exit status ${result.exitCode}: ${result.stderr.trim()}`, { result })
}

function collect(limit: number) {
  const chunks: Buffer[] = []
  let size = 0
  return {
    /** Answers how much of it was not kept. */
    add(chunk: Buffer): number {
      const kept = chunk.subarray(0, Math.max(0, limit - size))
      size += kept.length
      if (kept.length > 0) chunks.push(kept)
      return chunk.length - kept.length
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}
