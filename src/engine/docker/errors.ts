import { EngineError, type EngineErrorKind } from '../engine.ts'
import { AnswerError, Refusal } from './exchange.ts'

const connectionCodes = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'ENOTSOCK'])

/** What runc says when the process itself cannot be started. */
const cannotRun = /OCI runtime|executable file not found|failed to create shim|no such file or directory: unknown|permission denied: unknown/i

/** The HTTP status of a refusal by the engine, as it came or as an `EngineError` has it. */
export function statusOf(error: unknown): number | undefined {
  const refusal = error instanceof EngineError ? error.cause : error
  return refusal instanceof Refusal ? refusal.statusCode : undefined
}

/** The call's answer, or undefined for a refusal with one of these HTTP statuses. */
export async function accept<T>(statuses: readonly number[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    const status = statusOf(error)
    if (status !== undefined && statuses.includes(status)) return undefined
    throw error
  }
}

/**
 * Docker's refusal as an `EngineError`. `what` says what was asked, such as `create container web`.
 * `notFound` is the kind a 404 means there (a missing image is a 404 too).
 */
export function engineError(error: unknown, what: string, endpoint: string, notFound: EngineErrorKind = 'not-found'): EngineError {
  if (error instanceof EngineError) return error
  const { code } = error as NodeJS.ErrnoException
  if (code !== undefined && connectionCodes.has(code)) return unreachable(error, endpoint)
  if (error instanceof AnswerError || code?.startsWith('HPE_'))
    return new EngineError('internal', `cannot ${what}: the Docker Engine at ${endpoint} cannot be understood: ${dockerMessage(error)}`, { cause: error })
  const said = dockerMessage(error)
  return new EngineError(kindOf(statusOf(error), said, notFound), `cannot ${what}: ${said}`, { cause: error })
}

/** The engine does not answer: says which one and what to do. */
export function unreachable(cause: unknown, endpoint: string): EngineError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new EngineError('unreachable', `cannot reach the Docker Engine at ${endpoint}: ${said}; start dockerd or give --docker-endpoint`, { cause })
}

function kindOf(statusCode: number | undefined, said: string, notFound: EngineErrorKind): EngineErrorKind {
  // A program that is not in the image is answered 400 or 404 or 500, depending on where runc noticed.
  if (cannotRun.test(said)) return 'cannot-run'
  if (statusCode === 404) return notFound
  // That of a container whose namespaces are to be joined is a 400.
  if (statusCode === 400 && said.startsWith('No such container')) return 'not-found'
  if (statusCode === 409 && said.includes('already in use')) return 'already-exists'
  // Any other conflict is a state that forbids the call, such as an exec in a container that has stopped.
  if (statusCode === 400 || statusCode === 409) return 'invalid'
  return 'internal'
}

/** Docker's own words. */
export const dockerMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error)).trim()
