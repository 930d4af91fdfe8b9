import { backoffDelay } from '../../base/backoff.ts'
import { sleep } from '../../base/clock.ts'
import { EngineError } from '../engine.ts'
import { answers, type ExecDetails } from './answers.ts'
import type { DockerConnection } from './connection.ts'

/** Docker closes the output a moment before it writes down how the process ended. */
const exitPollMs = 20
const exitPolls = 100
/** Of an engine that went away, and of a command whose output is lost. */
const slowPoll = { initialMs: 20, maxMs: 2_000 }
/** Looks at a command that was to be started, and was not, until it is taken for one that never will be. */
const mostUnbegun = 10
/** An engine that is silent for longer does not know how a command stands. */
const standingMs = 5_000

/** So much of what came instead of output says why a command did not run. */
export const mostReasonBytes = 4096

/** How a command's exec stands with the engine. */
export const execDetails = (connection: DockerConnection, execId: string, what: string): Promise<ExecDetails> =>
  connection.read(what, answers.execDetails, (docker) => docker.getExec(execId).inspect(), { withinMs: standingMs })

/**
 * How a command ended whose output has ended; `said` is what came of it. Docker gives a command that never ran the code 126 or 127, whosever fault that was:
 * where it is the command's own (it is not there, or no program) that code is its verdict, as in a shell. Throws when the engine could not run it.
 */
export async function execExitCode(connection: DockerConnection, execId: string, what: string, said: () => string): Promise<number> {
  for (let poll = 0; poll < exitPolls; poll++) {
    const code = codeOf(await execDetails(connection, execId, what), what, said)
    if (code !== undefined) return code
    await sleep(connection.clock, exitPollMs, connection.closed)
  }
  throw new EngineError('internal', `${what}: the output has ended and the process has not`)
}

/** As `execExitCode`, of a command that may run on while the engine is away, or whose connection broke: until the signal is aborted. */
export async function awaitExecEnd(connection: DockerConnection, execId: string, what: string, said: () => string, signal: AbortSignal): Promise<number> {
  let unbegun = 0
  for (let poll = 1; ; poll += 1) {
    const details = await detailsOrSilence(connection, execId, what)
    const code = details && codeOf(details, what, said)
    if (code !== undefined) return code
    if (details && !details.Running && details.Pid === 0) unbegun += 1
    if (unbegun > mostUnbegun) throw new EngineError('unreachable', `cannot ${what}: the Docker Engine never began the command`)
    await sleep(connection.clock, backoffDelay(slowPoll, poll), signal)
  }
}

/** Undefined while the engine does not answer. */
async function detailsOrSilence(connection: DockerConnection, execId: string, what: string): Promise<ExecDetails | undefined> {
  try {
    return await execDetails(connection, execId, what)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    if (error.kind === 'not-found') throw new EngineError('lost', `${what}: the Docker Engine was begun anew and has forgotten the command`, { cause: error })
    if (error.kind !== 'unreachable') throw error
    return undefined
  }
}

/** Undefined while it runs. Throws when it never did, by the engine's fault. */
function codeOf({ Running, ExitCode, Pid }: ExecDetails, what: string, said: () => string): number | undefined {
  if (Running || ExitCode === null) return undefined
  if (Pid > 0 || ExitCode === 0 || isCommandsFault(said())) return ExitCode
  const why = said().trim() || `exit code ${ExitCode}`
  throw new EngineError(engineGone.test(withoutNames(why)) ? 'unreachable' : 'internal', `cannot ${what}: the Docker Engine could not run the command: ${why}`)
}

/** What runc, crun and Docker say of a command that cannot be run, whatever runs it: it is not there, it is no program, its directory is not there. */
const commandsFault = [
  /executable file (?:`[^`]*` )?not found/i,
  /exec(?:ve)?:? ["'`/].*(?:no such file or directory|permission denied|is a directory|not a directory|exec format error|invalid argument|argument list too long)/is,
  /starting container process caused: exec: /i,
  /exec format error/i,
  /(?:chdir|mkdir) to cwd|getting cwd|cwd .*(?:no such file|not a directory|permission denied)/i,
  /unable to find (?:user|group)|no matching entries in (?:passwd|group)/i,
  /\$PATH/,
]
/** What they say when the container, or what runs it, is going or gone. */
const enginesFault =
  /connection (?:refused|reset|error)|transport|containerd|ttrpc|shim|setns|nsexec|unavailable|stopped container|not running|deadline exceeded|cgroup/i

const engineGone = /connection (?:refused|reset|error)|transport|unavailable|ttrpc|deadline exceeded/i

/** Whether these are words about the command itself. */
export const isCommandsFault = (said: string): boolean => !enginesFault.test(withoutNames(said)) && commandsFault.some((words) => words.test(said))

/** Without what is quoted, and without paths: a command may be called anything. */
const withoutNames = (said: string): string => said.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/\/[\w./@-]+/g, '')
