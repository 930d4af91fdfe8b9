import pino, { type Logger as Pino } from 'pino'
import type { Logger } from '../base/log.ts'
import { requireLater } from '../base/require-later.ts'

/** A logger whose level can be changed while it is used. */
export interface AdjustableLogger extends Logger {
  /** Klog's: 4 and more shows debug lines. Holds for its children too. */
  readonly setVerbosity: (verbosity: number) => void
}

type Level = 'debug' | 'info' | 'warn'

/** Lines for people on a terminal, JSON lines otherwise; always on stderr, so that stdout is the command's own. `level` is what is shown at a verbosity below 4. */
export function createLogger(options: { verbosity: number; level?: 'info' | 'warn'; human: boolean }): AdjustableLogger {
  const levelAt = (verbosity: number): Level => (verbosity >= 4 ? 'debug' : (options.level ?? 'info'))
  const destination = options.human
    ? (requireLater('pino-pretty') as typeof import('pino-pretty'))({
        destination: 2,
        sync: true,
        translateTime: 'SYS:HH:MM:ss.l',
        ignore: 'pid,hostname',
        colorize: process.stderr.isTTY,
      })
    : pino.destination({ dest: 2, sync: true })
  const shown = { level: levelAt(options.verbosity) }
  const setVerbosity = (verbosity: number) => {
    shown.level = levelAt(verbosity)
  }
  return { ...wrap(pino({ level: 'debug', base: null }, destination), shown), setVerbosity }
}

/** The level is looked at here: pino's children keep the one they were made with. */
const wrap = (logger: Pino, shown: { readonly level: Level }): Logger => ({
  debug: (message, fields) => shown.level === 'debug' && logger.debug(fields ?? {}, message),
  info: (message, fields) => shown.level !== 'warn' && logger.info(fields ?? {}, message),
  warn: (message, fields) => logger.warn(fields ?? {}, message),
  error: (message, fields) => logger.error(fields ?? {}, message),
  child: (fields) => wrap(logger.child(fields), shown),
})
