import type { ServiceError } from '@grpc/grpc-js'
import { status, statusText } from '../../grpc/status.ts'
import { EngineError, type EngineErrorKind } from '../engine.ts'

/** What runc, crun and runsc say when the process itself cannot be started. */
const cannotRun =
  /OCI runtime|executable file not found|failed to create shim|failed to start exec|no such file or directory: unknown|permission denied: unknown/i

/** gRPC's code of an error; undefined for one that is no answer of the runtime. */
export function grpcCode(error: unknown): number | undefined {
  const from = error instanceof EngineError ? error.cause : error
  const code = (from as Partial<ServiceError> | undefined)?.code
  return typeof code === 'number' ? code : undefined
}

/** The runtime's own words, without gRPC's code in front. */
export function runtimeMessage(error: unknown): string {
  const from = error instanceof EngineError ? error.cause : error
  return (from as Partial<ServiceError> | undefined)?.details || (error instanceof Error ? error.message : String(error))
}

/** A runtime's refusal as an `EngineError`, in the words that a kubelet shows: `rpc error: code = … desc = …`. `what` says what was asked. */
export function criError(error: unknown, what: string, endpoint: string): EngineError {
  if (error instanceof EngineError) return error
  const { code, details } = error as Partial<ServiceError>
  if (typeof code !== 'number' || details === undefined)
    return new EngineError('internal', `cannot ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  const said = statusText(code, details)
  if (code === status.unavailable)
    return new EngineError('unreachable', `cannot reach the container runtime at ${endpoint}: ${said}; start it, or give --container-runtime-endpoint`, {
      cause: error,
    })
  return new EngineError(kindOf(code, details), said, { cause: error })
}

function kindOf(code: number, details: string): EngineErrorKind {
  switch (code) {
    case status.deadlineExceeded:
    case status.canceled:
      return 'timeout'
    case status.notFound:
      return 'not-found'
    case status.alreadyExists:
      return 'already-exists'
    case status.invalidArgument:
    case status.failedPrecondition:
    case status.unimplemented:
      return 'invalid'
    default:
      return cannotRun.test(details) ? 'cannot-run' : 'internal'
  }
}

/** Whether it says that there is no such thing. */
export const isNotFound = (error: unknown): boolean => error instanceof EngineError && error.kind === 'not-found'

/** The answer, or undefined when there is no such thing. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** An error that tells the runtime's own words alone, as a kubelet shows what a container could not be made of or started with. */
export const inRuntimeWords = (error: EngineError): EngineError =>
  error.kind === 'unreachable' || error.kind === 'timeout' ? error : new EngineError(error.kind, runtimeMessage(error), { cause: error.cause })
