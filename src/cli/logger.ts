import pino, { type Logger as Pino } from 'pino'
import pretty from 'pino-pretty'
import type { Logger } from '../base/log.ts'

/** Lines for people on a terminal, JSON lines otherwise; always on stderr, so that stdout is the command's own. `verbosity` is klog's: 4 and more shows debug lines. */
export function createLogger(options: { verbosity: number; level?: 'info' | 'warn'; human: boolean }): Logger {
  const level = options.verbosity >= 4 ? 'debug' : (options.level ?? 'info')
  const destination = options.human
    ? pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', colorize: process.stderr.isTTY })
    : pino.destination({ dest: 2, sync: true })
  return wrap(pino({ level, base: null }, destination))
}

const wrap = (logger: Pino): Logger => ({
  debug: (message, fields) => logger.debug(fields ?? {}, message),
  info: (message, fields) => logger.info(fields ?? {}, message),
  warn: (message, fields) => logger.warn(fields ?? {}, message),
  error: (message, fields) => logger.error(fields ?? {}, message),
  child: (fields) => wrap(logger.child(fields)),
})
