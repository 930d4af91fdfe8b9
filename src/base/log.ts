/** Fields of a log line. Never put a secret's value, a token or an environment variable's value in one. */
export type LogFields = Readonly<Record<string, unknown>>

/** The one logger interface; pino is behind it (`src/cli`), a collecting one in tests. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger
}

/** Drops everything. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
