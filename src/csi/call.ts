import type { ServiceError } from '@grpc/grpc-js'
import { status, statusText } from '../grpc/status.ts'
import type { Given, Method, Taken } from '../protobuf/table.ts'

/** A driver refused or did not answer. */
export class CsiError extends Error {
  override readonly name = 'CsiError'
  /** As gRPC counts. */
  readonly code: number

  constructor(code: number, details: string, options: { cause?: unknown } = {}) {
    super(statusText(code, details), options)
    this.code = code
  }
}

/** kubelet 1.32, `csiTimeout`. */
const timeoutMs = 120_000

/** Calls a method on a Unix socket. Secrets in the request are in no error. Throws `CsiError`. */
export async function call<M extends Method>(
  socketPath: string,
  method: M,
  request: Given<M['request']>,
  deadlineMs = timeoutMs,
): Promise<Taken<M['response']>> {
  // Loaded by the first call: most nodes have no driver.
  const [{ clientFor }, { unary }] = await Promise.all([import('../grpc/socket-client.ts'), import('../grpc/unary.ts')])
  const client = clientFor(`unix://${socketPath}`)
  try {
    return await unary(client, method, request, { deadlineMs })
  } catch (error) {
    const { code = status.unknown, details = String(error) } = error as Partial<ServiceError>
    throw new CsiError(code, details, { cause: error })
  } finally {
    client.close()
  }
}
