import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { makeDirectory } from '../base/make-directory.ts'
import { programEnvironment, run } from '../base/spawn.ts'

export interface LogindOptions {
  readonly clock: Clock
  readonly log: Logger
  /** systemd's own programs; others in tests. */
  readonly busctl?: string
  readonly systemdInhibit?: string
  /** Where the delay is written when logind's own is too short. */
  readonly dropIn?: string
}

/** Holds the machine's shutdown up until it is released, or this process ends. */
export interface ShutdownLock {
  release(): void
}

const login = ['org.freedesktop.login1', '/org/freedesktop/login1', 'org.freedesktop.login1.Manager'] as const
const signalMatch = `type='signal',path='${login[1]}',interface='${login[2]}',member='PrepareForShutdown'`
/** kubelet 1.32 `dbusReconnectPeriod`. */
const reconnectMs = 1000

/**
 * systemd's login manager, which tells of the machine's shutdown and lets it be held up. Spoken to through systemd's programs: the lock is a
 * file descriptor, which no JavaScript library can be given over D-Bus.
 */
export class Logind {
  readonly #options: LogindOptions

  constructor(options: LogindOptions) {
    this.#options = options
  }

  /** How long a shutdown may be held up, in ms. Throws `SpawnError` where there is no logind, or no systemd. */
  async inhibitDelayMs(): Promise<number> {
    return Number(await this.#property('InhibitDelayMaxUSec', 't')) / 1000
  }

  /** Makes logind allow so much, for good: as a kubelet does, by a file of its own. */
  async setInhibitDelay(ms: number): Promise<void> {
    const { dropIn = '/etc/systemd/logind.conf.d/99-podsteward.conf' } = this.#options
    await makeDirectory(dirname(dropIn), 0o755)
    await writeFile(dropIn, `# By podsteward, for graceful node shutdown\n[Login]\nInhibitDelayMaxSec=${Math.ceil(ms / 1000)}\n`)
    const manager = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager']
    // SIGHUP: it reads its files again.
    await run(this.#busctl, ['--system', 'call', ...manager, 'KillUnit', 'ssi', 'systemd-logind.service', 'all', '1'])
  }

  /** Takes a lock, and takes it again should it be lost. */
  hold(): ShutdownLock {
    const { clock, log, systemdInhibit = 'systemd-inhibit' } = this.#options
    const released = new AbortController()
    const why = 'Pods are ended in order before the machine goes down'
    const keep = async () => {
      while (!released.signal.aborted) {
        // `cat` ends with its input, whatever becomes of this process; the lock with it.
        const child = spawn(systemdInhibit, ['--what=shutdown', '--mode=delay', '--who=podsteward', `--why=${why}`, 'cat'], {
          stdio: ['pipe', 'ignore', 'ignore'],
          env: programEnvironment,
        })
        child.stdin.on('error', () => {})
        const release = () => child.stdin.end()
        released.signal.addEventListener('abort', release, { once: true })
        if (released.signal.aborted) release()
        const how = await new Promise<string>((resolve) => {
          child.once('error', (error) => resolve(error.message)).once('close', (code) => resolve(`exit status ${code}`))
        })
        released.signal.removeEventListener('abort', release)
        if (released.signal.aborted) return
        log.warn('the lock that holds up a shutdown was lost; taking it again', { program: systemdInhibit, error: how })
        await sleep(clock, reconnectMs, released.signal).catch(() => {})
      }
    }
    void keep()
    return { release: () => released.abort() }
  }

  /** Calls `changed` when a shutdown begins (true) and when it is called off; resolves once aborted. The signal only wakes: logind itself is asked, since anybody may send one. */
  async watch(changed: (coming: boolean) => void, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options
    let known = false
    const look = async () => {
      const coming = (await this.#property('PreparingForShutdown', 'b')) === 'true'
      if (coming === known || signal.aborted) return
      known = coming
      changed(coming)
    }
    const looks = new Queue(look, (error) => log.warn('logind does not say whether the machine shuts down', { error: String(error) }))
    while (!signal.aborted) {
      const how = await this.#monitor(() => looks.again(), signal)
      if (signal.aborted) break
      log.warn('logind is not heard any more; listening again', { program: this.#busctl, error: how })
      await sleep(clock, reconnectMs, signal).catch(() => {})
    }
    await looks.idle
  }

  /** Listens until the program ends; `heard` is called once when it listens, and for each signal. */
  #monitor(heard: () => void, signal: AbortSignal): Promise<string> {
    const child = spawn(this.#busctl, ['--system', '--json=short', `--match=${signalMatch}`, 'monitor'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: programEnvironment,
      signal,
    })
    const { promise, resolve } = Promise.withResolvers<string>()
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code) => resolve(`exit status ${code}`))
    // On stderr it says that it listens.
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', heard)
    return promise
  }

  /** A property of the manager as busctl prints it: `b true`, `t 5000000`. */
  async #property(name: string, type: string): Promise<string> {
    const { stdout } = await run(this.#busctl, ['--system', 'get-property', ...login, name], { timeoutMs: 10_000 })
    const [printed, value] = stdout.trim().split(' ')
    if (printed !== type || value === undefined) throw new Error(`logind's ${name} is ${JSON.stringify(stdout.trim())}, not of type ${type}`)
    return value
  }

  get #busctl(): string {
    return this.#options.busctl ?? 'busctl'
  }
}

/** Runs one look at a time, and one more after it when it was asked for meanwhile. */
class Queue {
  idle: Promise<void> = Promise.resolve()
  readonly #look: () => Promise<void>
  readonly #failed: (error: unknown) => void
  #waiting = false

  constructor(look: () => Promise<void>, failed: (error: unknown) => void) {
    this.#look = look
    this.#failed = failed
  }

  again(): void {
    if (this.#waiting) return
    this.#waiting = true
    this.idle = this.idle.then(async () => {
      this.#waiting = false
      await this.#look().catch(this.#failed)
    })
  }
}
