import { own } from '../../base/own.ts'
import { parseDuration } from '../../config/duration.ts'
import { EngineError, type EngineErrorKind } from '../engine.ts'
import { readCurve } from './curve-text.ts'
import { type Delay, noDelay } from './random.ts'
import { type TrafficCurves, type UsageCurves, usageUnits } from './usage.ts'

/** How a simulated pod behaves. What is not set does nothing: it starts at once, runs on, and ends at SIGTERM. */
export interface Settings {
  readonly sandboxDelay: Delay
  readonly sandboxError?: string
  readonly pullDelay: Delay
  readonly pullError?: EngineErrorKind
  readonly startDelay: Delay
  readonly startError?: string
  /** Ends by itself with `exitCode`. */
  readonly exitAfter?: Delay | 'never'
  readonly exitCode: number
  /** Is killed for want of memory. */
  readonly oomAfter?: Delay
  /** Only the first so many attempts end by themselves; absent: all. */
  readonly exitAttempts?: number
  /** From SIGTERM to the end. */
  readonly stopDelay: Delay
  readonly termExitCode: number
  /** Deaf to SIGTERM. */
  readonly hungStop: boolean
  /** Written to the log at the start. */
  readonly log: readonly string[]
  readonly logStderr: readonly string[]
  readonly execExitCode: number
  readonly execOutput: string
  readonly execDelay: Delay
  /** What httpGet, tcpSocket and grpc probes of the pod come to; with the suffix `.<port>`, those of one port. */
  readonly probe: ProbeAnswer
  /** Of a command given to exec: its input is its output. */
  readonly echo: boolean
  /** What it takes of the node while it runs; absent: nothing that is told of. */
  readonly usage?: UsageCurves
  /** Of the pod, while its sandbox is up; absent: nothing that is told of. */
  readonly traffic?: TrafficCurves
}

/** `timeout`: there is no answer until the probe gives up. */
export type ProbeAnswer = 'success' | 'failure' | 'timeout'

/** Annotations of a pod that set its behaviour begin with this; `<name>` is for all its containers, `<name>.<container>` for one. */
export const annotationPrefix = 'simulated.podsteward.io/'

/** A command of which this is the first word carries settings in the others, as `name=value`; those win over annotations. */
export const simulatedCommand = 'simulated'

/** 128 + SIGTERM, as of a process that the signal ended. */
export const termExitCode = 143

export const plainSettings: Settings = {
  sandboxDelay: noDelay,
  pullDelay: noDelay,
  startDelay: noDelay,
  exitCode: 0,
  stopDelay: noDelay,
  termExitCode,
  hungStop: false,
  log: [],
  logStderr: [],
  execExitCode: 0,
  execOutput: '',
  execDelay: noDelay,
  probe: 'success',
  echo: false,
}

const pullErrors: Readonly<Record<string, EngineErrorKind>> = {
  'not-found': 'image-not-found',
  unauthorized: 'image-unauthorized',
  unavailable: 'registry-unavailable',
}

/** The names of settings, each with its reading. A reader throws a sentence that says what it wants. */
const readers = {
  'sandbox-delay': (text) => ({ sandboxDelay: delay(text) }),
  'sandbox-error': (text) => ({ sandboxError: text === '' ? undefined : text }),
  'pull-delay': (text) => ({ pullDelay: delay(text) }),
  'pull-error': (text) => ({ pullError: text === 'none' ? undefined : (own(pullErrors, text) ?? wants([...Object.keys(pullErrors), 'none'].join(', '))) }),
  'start-delay': (text) => ({ startDelay: delay(text) }),
  'start-error': (text) => ({ startError: text === '' ? undefined : text }),
  'exit-after': (text) => ({ exitAfter: text === 'never' ? text : delay(text) }),
  'exit-code': (text) => ({ exitCode: exitCode(text) }),
  'exit-attempts': (text) => ({ exitAttempts: wholeNumber(text, Number.MAX_SAFE_INTEGER) }),
  'oom-after': (text) => ({ oomAfter: text === 'never' ? undefined : delay(text) }),
  'stop-delay': (text) => ({ stopDelay: delay(text) }),
  'term-exit-code': (text) => ({ termExitCode: exitCode(text) }),
  'hung-stop': (text) => ({ hungStop: trueOrFalse(text) }),
  log: (text, before) => ({ log: [...before.log, ...text.split('\n')] }),
  'log-stderr': (text, before) => ({ logStderr: [...before.logStderr, ...text.split('\n')] }),
  'exec-exit-code': (text) => ({ execExitCode: exitCode(text) }),
  'exec-output': (text) => ({ execOutput: text }),
  'exec-delay': (text) => ({ execDelay: delay(text) }),
  probe: (text) => ({ probe: text === 'success' || text === 'failure' || text === 'timeout' ? text : wants('success, failure or timeout') }),
  echo: (text) => ({ echo: trueOrFalse(text) }),
  cpu: (text, before) => usage('cpu', text, before),
  memory: (text, before) => usage('memory', text, before),
  disk: (text, before) => usage('disk', text, before),
  processes: (text, before) => usage('processes', text, before),
  'network-receive': (text, { traffic }) => ({ traffic: { ...traffic, receive: readCurve(text, 'bytes a second') } }),
  'network-send': (text, { traffic }) => ({ traffic: { ...traffic, send: readCurve(text, 'bytes a second') } }),
} satisfies Record<string, (text: string, before: Settings) => Partial<Settings>>

export type SettingName = keyof typeof readers

/** Settings as a run, a test or a profile writes them. */
export type WrittenSettings = Readonly<Partial<Record<SettingName, string | number | boolean>>>

/** Throws `invalid`, naming the setting and what it wants. */
export function checkSettings(written: WrittenSettings): void {
  readSettings(plainSettings, written)
}

/** `written` over `base`. Throws `invalid`, naming the setting and what it wants. */
export function readSettings(base: Settings, written: WrittenSettings): Settings {
  return Object.entries(written).reduce(
    (settings, [name, value]) => (value === undefined ? settings : withSetting(settings, name, String(value), `setting ${name}`)),
    base,
  )
}

/** What a pod's annotations say for all its containers, then for `container`. Throws `invalid` for one that cannot be read. */
export function annotatedSettings(base: Settings, annotations: Readonly<Record<string, string>>, container?: string): Settings {
  let settings = base
  let special: [name: string, text: string, key: string][] | undefined
  for (const key in annotations) {
    if (!key.startsWith(annotationPrefix)) continue
    const [name = '', suffix] = key.slice(annotationPrefix.length).split('.', 2)
    const text = annotations[key] ?? ''
    const settled = withSetting(settings, name, text, `annotation ${key}`)
    if (suffix === undefined) settings = settled
    else if (suffix === container) special = [...(special ?? []), [name, text, `annotation ${key}`]]
  }
  return (special ?? []).reduce((before, [name, text, where]) => withSetting(before, name, text, where), settings)
}

/** What a command says of itself; `base` when it is not a simulated one. Throws `invalid` for a word that cannot be read. */
export function commandSettings(base: Settings, words: readonly string[]): Settings {
  if (words[0] !== simulatedCommand) return base
  return words.slice(1).reduce((settings, word) => {
    const equals = word.indexOf('=')
    return equals < 0
      ? withSetting(settings, word, 'true', `word ${word}`)
      : withSetting(settings, word.slice(0, equals), word.slice(equals + 1), `word ${word}`)
  }, base)
}

function withSetting(before: Settings, name: string, text: string, where: string): Settings {
  if (!Object.hasOwn(readers, name))
    throw new EngineError('invalid', `${where}: there is no setting ${JSON.stringify(name)}; there are ${Object.keys(readers).join(', ')}`)
  try {
    return { ...before, ...readers[name as SettingName](text, before) }
  } catch (cause) {
    throw new EngineError('invalid', `${where}: ${JSON.stringify(text)} is not ${cause instanceof RangeError ? cause.message : cause}`, { cause })
  }
}

function wants(what: string): never {
  throw new RangeError(what)
}

const spreads =
  'a duration (200ms, 1m30s), an even spread (200ms-2s), normal(1s,200ms), exponential(1s) or lognormal(500ms,5s) by its median and 99th percentile'

/** See `spreads`. */
function delay(text: string): Delay {
  const [, kind = '', inside = ''] = /^(normal|exponential|lognormal)\((.*)\)$/.exec(text) ?? []
  const numbers = (kind === '' ? text.split('-') : inside.split(',')).map((part) => parseDuration(part.trim()) ?? wants(spreads))
  const [first = 0, second = first] = numbers
  if (numbers.length === 1 && kind === 'exponential') return { spread: kind, meanMs: first }
  if (numbers.length === 2 && kind === 'normal') return { spread: kind, meanMs: first, deviationMs: second }
  if (numbers.length === 2 && kind === 'lognormal' && first > 0 && second >= first) return { spread: kind, medianMs: first, p99Ms: second }
  if (numbers.length <= 2 && kind === '' && second >= first) return { spread: 'even', minMs: first, maxMs: second }
  return wants(spreads)
}

function wholeNumber(text: string, most: number): number {
  return /^\d+$/.test(text) && Number(text) <= most ? Number(text) : wants(`a whole number from 0 to ${most}`)
}

const usage = (name: keyof UsageCurves, text: string, before: Settings) => ({ usage: { ...before.usage, [name]: readCurve(text, usageUnits[name]) } })

const exitCode = (text: string) => wholeNumber(text, 255)

function trueOrFalse(text: string): boolean {
  return text === 'true' || (text !== 'false' && wants('true or false'))
}
