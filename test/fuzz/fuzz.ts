import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { seededSources } from '../../src/engine/simulated/random.ts'
import { waitUntil } from '../support/wait-until.ts'
import type { FuzzSession, FuzzTarget } from './target.ts'

export interface FuzzOptions {
  readonly seed: number
  /** No round begins later than this many milliseconds after the first. */
  readonly forMs: number
  /** No more than so many rounds. */
  readonly most?: number
  /** Number of the first round: that of a fault, to have it again. */
  readonly first?: number
}

/** What the process holds. */
export interface Held {
  readonly descriptors: number
  readonly heapBytes: number
  readonly residentBytes: number
}

export interface FuzzReport {
  readonly target: string
  readonly seed: number
  readonly rounds: number
  /** The longest that the event loop stood still. */
  readonly delayMaxMs: number
  readonly before: Held
  readonly after: Held
  readonly fault?: { readonly round: number; readonly error: unknown }
}

const defaultRoundCpuMs = 1000
/** A round that has not ended by then hangs. */
const roundLimitMs = 60_000
/** What other parts of the process may open meanwhile: threads, watchers. */
const descriptorNoise = 12
/** What a session leaves, but for what Node keeps for its own use. */
const heapNoise = 64 << 20

/** Feeds a target round by round until a fault or the end of its time, then closes it and looks at what it left. */
export async function fuzz(target: FuzzTarget, { seed, forMs, most = Number.POSITIVE_INFINITY, first = 1 }: FuzzOptions): Promise<FuzzReport> {
  const escaped = Promise.withResolvers<never>()
  escaped.promise.catch(() => {})
  const onEscape = (error: unknown) => escaped.reject(new Error('an error escaped from what was fed', { cause: error }))
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) process.on(event, onEscape)
  const before = held()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const random = seededSources(seed)
  const until = performance.now() + forMs
  let fault: FuzzReport['fault']
  let rounds = 0
  try {
    const session = await target.open()
    delay.enable()
    for (let round = first; !fault && rounds < most && performance.now() < until; round += 1) {
      rounds += 1
      try {
        await Promise.race([oneRound(target, session, random(`${target.name} ${round}`)), escaped.promise])
      } catch (error) {
        fault = { round, error }
      }
    }
    delay.disable()
    await session[Symbol.asyncDispose]()
    fault ??= await leftOver(before).catch((error: unknown) => ({ round: first + rounds - 1, error }))
  } finally {
    for (const event of ['unhandledRejection', 'uncaughtException'] as const) process.off(event, onEscape)
  }
  return { target: target.name, seed, rounds, delayMaxMs: delay.max / 1e6, before, after: held(), fault }
}

async function oneRound(target: FuzzTarget, session: FuzzSession, random: () => number): Promise<void> {
  const began = process.threadCpuUsage()
  const limit = Promise.withResolvers<never>()
  const timer = setTimeout(() => limit.reject(new Error(`the round has not ended after ${roundLimitMs / 1000} s`)), roundLimitMs)
  try {
    await Promise.race([session.round(random), limit.promise])
  } finally {
    clearTimeout(timer)
  }
  const { user, system } = process.threadCpuUsage(began)
  const cpuMs = (user + system) / 1000
  const most = target.roundCpuMs ?? defaultRoundCpuMs
  if (cpuMs > most) throw new Error(`the round took ${Math.round(cpuMs)} ms of CPU time; ${most} ms are allowed`)
}

/** Sockets need a moment to be gone. Rejects with what stays. */
async function leftOver(before: Held): Promise<undefined> {
  await waitUntil('what was open before and no more', () => held().descriptors <= before.descriptors + descriptorNoise, {
    timeoutMs: 15_000,
    seen: () => `${before.descriptors} descriptors before, ${held().descriptors} now`,
  })
  const grown = held().heapBytes - before.heapBytes
  if (grown > heapNoise) throw new Error(`the heap grew by ${Math.round(grown / 2 ** 20)} MB`)
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function held(): Held {
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { descriptors: readdirSync('/proc/self/fd').length, heapBytes: heapUsed + external, residentBytes: rss }
}

/** A line for people. */
export function described({ target, seed, rounds, delayMaxMs, before, after, fault }: FuzzReport): string {
  const mb = (value: number) => `${Math.round(value / 2 ** 20)}`
  const figures = [
    `${rounds} rounds of seed ${seed}`,
    `event loop held up for at most ${Math.round(delayMaxMs)} ms`,
    `descriptors ${before.descriptors} to ${after.descriptors}`,
    `heap ${mb(before.heapBytes)} to ${mb(after.heapBytes)} MB`,
    `resident ${mb(before.residentBytes)} to ${mb(after.residentBytes)} MB`,
  ]
  const again = fault && `\n  FAULT in round ${fault.round}; again: npm run fuzz -- --target ${target} --seed ${seed} --round ${fault.round}`
  return `${target}: ${figures.join(', ')}${again ?? ''}`
}
