import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type handleServerStreamingCall, type handleUnaryCall, Metadata, Server, ServerCredentials } from '@grpc/grpc-js'
import { status } from '../../src/grpc/status.ts'
import { decode, encode } from '../../src/protobuf/codec.ts'
import type { Given, Method, Taken } from '../../src/protobuf/table.ts'

/** A gRPC refusal. */
export class Refusal extends Error {
  readonly code: number

  constructor(code: number, details: string) {
    super(details)
    this.code = code
  }
}

type Answer<M extends Method> = (request: Taken<M['request']>) => Given<M['response']> | Promise<Given<M['response']>>

/** A server on a Unix socket that answers the methods that it is given, as a container runtime would; others are unimplemented. */
export class FakeRuntime implements AsyncDisposable {
  readonly endpoint: string
  readonly calls: { readonly method: string; readonly request: unknown }[] = []
  readonly #directory: string
  readonly #answers = new Map<string, Answer<Method>>()
  readonly #methods = new Map<string, Method>()
  readonly #streams = new Map<string, Set<{ write(message: object): void; end(): void; emit(event: 'error', error: object): void }>>()
  #server: Server | undefined

  private constructor(directory: string) {
    this.#directory = directory
    this.endpoint = `unix://${join(directory, 'runtime.sock')}`
  }

  static async make(): Promise<FakeRuntime> {
    return new FakeRuntime(await mkdtemp(join(tmpdir(), 'fake-runtime-')))
  }

  /** Before `start`. */
  on<M extends Method>(method: M, answer: Answer<M>): this {
    this.#methods.set(method.path, method)
    this.#answers.set(method.path, answer as unknown as Answer<Method>)
    return this
  }

  /** A stream of messages, each of which is sent by `send`. Before `start`. */
  streams(method: Method): this {
    this.#methods.set(method.path, method)
    this.#streams.set(method.path, new Set())
    return this
  }

  /** To all who listen. */
  send<M extends Method>(method: M, message: Given<M['response']>): void {
    for (const stream of this.#streams.get(method.path) ?? []) stream.write(message)
  }

  listeners(method: Method): number {
    return this.#streams.get(method.path)?.size ?? 0
  }

  async start(): Promise<this> {
    const server = new Server()
    for (const [path, method] of this.#methods) {
      const write = (message: object) => encode(method.response, message)
      const read = (bytes: Buffer) => decode(method.request, bytes)
      const streams = this.#streams.get(path)
      if (streams) server.register(path, this.#stream(streams), write, read, 'serverStream')
      else server.register(path, this.#unary(path), write, read, 'unary')
    }
    await new Promise<void>((resolve, reject) =>
      server.bindAsync(this.endpoint, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())),
    )
    this.#server = server
    return this
  }

  stop(): void {
    this.#server?.forceShutdown()
    for (const streams of this.#streams.values()) streams.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await rm(this.#directory, { recursive: true, force: true })
  }

  #unary(path: string): handleUnaryCall<object, object> {
    return ({ request }, done) => {
      this.calls.push({ method: path.split('/').at(-1) ?? '', request })
      Promise.resolve(request)
        .then((given) => this.#answers.get(path)?.(given as never) ?? {})
        .then(
          (message) => done(null, message),
          (error: Error & { code?: number }) => done({ code: error.code ?? status.unknown, details: error.message, metadata: new Metadata() }),
        )
    }
  }

  #stream(streams: Set<{ write(message: object): void; end(): void; emit(event: 'error', error: object): void }>): handleServerStreamingCall<object, object> {
    return (call) => {
      streams.add(call)
      call.once('cancelled', () => streams.delete(call))
    }
  }
}
