import { CommanderError } from 'commander'

/** What a user got wrong or must provide: printed as one line, exit code 2, no stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const expected = new Set([
  'UsageError',
  'ConfigError',
  'StateLockError',
  'EngineError',
  'KubeError',
  'ControlPlaneError',
  'LoadError',
  'StateFileError',
  'IrregularFileError',
  'LongFileError',
])

/** Prints why a command (what users call it) failed and returns its exit code: 2 for what the user can mend, 1 for a fault of ours (with its stack). */
export function reportFailure(error: unknown, command = 'podsteward'): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    process.stderr.write(
      `${command}: ${oneLine(error.message.replace(/^error: /, '').replace(/\.$/, ''))}; see ${command} ${command.startsWith('npm ') ? '-- ' : ''}--help\n`,
    )
    return 2
  }
  if (error instanceof Error && (expected.has(error.name) || isSystemError(error))) {
    process.stderr.write(`${command}: ${oneLine(error.message)}\n`)
    return 2
  }
  process.stderr.write(`${command}: ${error instanceof Error ? error.stack : String(error)}\n`)
  return 1
}

const oneLine = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')

/** EACCES, EADDRINUSE and so on carry their path or address in the message already. */
const isSystemError = (error: Error): boolean => 'syscall' in error && 'code' in error
