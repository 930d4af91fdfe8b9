import { type CallOptions, type Client, type ClientUnaryCall, Metadata, type ServiceError } from '@grpc/grpc-js'
import { decode, encode } from '../protobuf/codec.ts'
import type { Given, Method, Taken } from '../protobuf/table.ts'

/** Calls a method with messages of its tables. Rejects with grpc-js's `ServiceError`. */
export function unary<M extends Method>(
  client: Client,
  method: M,
  request: Given<M['request']>,
  { deadlineMs, signal, metadata }: { readonly deadlineMs?: number; readonly signal?: AbortSignal; readonly metadata?: Metadata },
): Promise<Taken<M['response']>> {
  const options: CallOptions = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs }
  return new Promise((resolve, reject) => {
    const call: ClientUnaryCall = client.makeUnaryRequest(
      method.path,
      (given: Given<M['request']>) => encode(method.request, given),
      (bytes: Buffer) => decode(method.response, bytes),
      request,
      metadata ?? new Metadata(),
      options,
      (error: ServiceError | null, answer?: Taken<M['response']>) => {
        signal?.removeEventListener('abort', cancel)
        if (error) reject(error)
        else if (answer) resolve(answer)
        else reject(new Error(`${method.path} was answered by nothing`))
      },
    )
    const cancel = () => call.cancel()
    if (signal?.aborted) cancel()
    signal?.addEventListener('abort', cancel, { once: true })
  })
}
