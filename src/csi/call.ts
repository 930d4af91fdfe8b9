import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import type { Method } from './protocol.ts'
import { decode, encode, type Message } from './wire.ts'

/** A driver refused or did not answer. */
export class CsiError extends Error {
  override readonly name = 'CsiError'
  /** As gRPC counts. */
  readonly code: number

  constructor(code: number, details: string, options: { cause?: unknown } = {}) {
    super(`rpc error: code = ${codeName(code)} desc = ${details}`, options)
    this.code = code
  }
}

/** As Go's gRPC writes it, since people search for that: `DEADLINE_EXCEEDED` is DeadlineExceeded, and CANCELLED has an l less. */
export const codeName = (code: number): string =>
  (code === status.CANCELLED ? 'CANCELED' : (status[code] ?? 'UNKNOWN'))
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')

/** kubelet 1.32, `csiTimeout`. */
const timeoutMs = 120_000

/** Calls a method on a Unix socket. Secrets in the request are in no error. Throws `CsiError`. */
export async function call(socketPath: string, method: Method, request: Message, deadlineMs = timeoutMs): Promise<Record<string, unknown>> {
  const client = new Client(`unix://${socketPath}`, credentials.createInsecure(), { 'grpc.enable_retries': 0, 'grpc.use_local_subchannel_pool': 1 })
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        method.path,
        (message: Message) => encode(method.request, message),
        (bytes: Buffer) => decode(method.response, bytes),
        request,
        { deadline: Date.now() + deadlineMs },
        (error: ServiceError | null, answer) => {
          if (error) reject(new CsiError(error.code, error.details, { cause: error }))
          else resolve(answer ?? {})
        },
      )
    })
  } finally {
    client.close()
  }
}
