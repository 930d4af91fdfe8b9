/** A container runtime that answers with anything: what is asked of it resolves or is an `EngineError`, soon, and the engine goes on. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { createCriEngine } from '../../../src/engine/cri/cri-engine.ts'
import { type ContainerEngine, type ContainerId, EngineError, type SandboxId } from '../../../src/engine/engine.ts'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { podUid } from '../../../src/kube/ids.ts'
import { encode } from '../../../src/protobuf/codec.ts'
import { containers } from '../../../src/protobuf/cri/container.ts'
import { images } from '../../../src/protobuf/cri/image.ts'
import { runtime } from '../../../src/protobuf/cri/runtime.ts'
import { sandboxes } from '../../../src/protobuf/cri/sandbox.ts'
import type { Field, Method, Table } from '../../../src/protobuf/table.ts'
import { bytes, damaged, integer, oneIn, pick } from '../draw.ts'
import type { FuzzSession, FuzzTarget } from '../target.ts'

const methods: readonly Method[] = [sandboxes, containers, images, runtime].flatMap((group) => Object.values(group)).filter((each) => each !== runtime.events)
const texts = ['', 'c', 'io.kubernetes.pod.uid', 'u', '/dev/null', '{"pid":', '{"pid":-1}', 'unix://', '\u0000', 'x'.repeat(5000), 'http://127.0.0.1:1/exec/x']
const numbers = [0, 1, 2, 3, -1, 127, 2 ** 31 - 1, -(2 ** 31)]

function item(random: Random, type: Field['type'], depth: number): unknown {
  switch (type) {
    case 'string':
      return pick(random, texts)
    case 'bytes':
      return bytes(random, integer(random, 0, 40))
    case 'bool':
      return oneIn(random, 2)
    case 'map':
      return Object.fromEntries(
        [
          ['io.kubernetes.pod.uid', 'u'],
          [pick(random, texts), pick(random, texts)],
        ].slice(0, integer(random, 0, 2)),
      )
    case 'exact64':
      return BigInt(pick(random, numbers)) * 10n ** BigInt(integer(random, 0, 9))
    case 'uint32':
    case 'uint64':
      return Math.abs(pick(random, numbers))
    case 'int32':
    case 'int64':
    case 'double':
      return pick(random, numbers)
    default:
      return messageOf(random, type, depth + 1)
  }
}

/** A message of the table with anything in its fields. */
function messageOf(random: Random, table: Table, depth = 0): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [name, { type, repeated }] of Object.entries(table)) {
    if (oneIn(random, 3) || depth > 6) continue
    value[name] = repeated ? Array.from({ length: integer(random, 0, 3) }, () => item(random, type, depth)) : item(random, type, depth)
  }
  return value
}

function answer(random: Random, method: Method): Buffer {
  const right = encode(method.response, messageOf(random, method.response) as never)
  return oneIn(random, 3) ? Buffer.from(damaged(random, right)) : right
}

/** What an actor, and those who serve logs and images, ask. */
const asks = (engine: ContainerEngine): readonly (() => Promise<unknown>)[] => {
  const [id, sandbox, uid] = ['c' as ContainerId, 's' as SandboxId, podUid('u')]
  return [
    () => engine.info(),
    () => engine.status(),
    () => engine.listPods(),
    () => engine.podState(uid),
    () => engine.podState(uid, { state: { sandboxes: [], containers: [] }, changed: new Set(['c', 's']) }),
    () => engine.startContainer(id),
    () => engine.stopContainer(id, 0),
    () => engine.updateResources(id, { cpuShares: 2 }),
    () => engine.stopSandbox(sandbox),
    () => engine.exec(id, ['true'], { timeoutMs: 1000 }),
    () => engine.execStream(id, ['true'], { stdin: false, stdout: true, stderr: true, tty: false }),
    async () => {
      for await (const _ of engine.logs(id));
    },
    () => engine.imageState('a:1'),
    () => engine.listImages(),
    () => engine.imagesInUse(),
    () => engine.pullImage('a:1'),
  ]
}

class CriAnswers implements FuzzSession {
  readonly #directory: string
  readonly #server: Server
  readonly #engine: ContainerEngine
  #random: Random | undefined

  private constructor(directory: string) {
    this.#directory = directory
    this.#server = new Server()
    for (const method of methods) {
      const handle = (_: unknown, done: (error: object | null, answer?: Buffer) => void) => {
        const random = this.#random
        if (!random) return done({ code: 14, details: 'over', metadata: new Metadata() })
        if (oneIn(random, 4)) return done({ code: integer(random, 1, 17), details: pick(random, texts), metadata: new Metadata() })
        done(null, answer(random, method))
      }
      this.#server.register(
        method.path,
        handle as never,
        (raw: Buffer) => raw,
        (raw: Buffer) => raw,
        'unary',
      )
    }
    this.#engine = createCriEngine({ endpoint: this.#endpoint, clock: systemClock, log: silentLogger, timeoutMs: 5000 })
  }

  get #endpoint(): string {
    return `unix://${join(this.#directory, 'runtime.sock')}`
  }

  static async open(): Promise<CriAnswers> {
    const session = new CriAnswers(await mkdtemp(join(tmpdir(), 'fuzz-cri-')))
    await new Promise<void>((resolve, reject) =>
      session.#server.bindAsync(session.#endpoint, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())),
    )
    return session
  }

  async round(random: Random): Promise<void> {
    this.#random = random
    const all = asks(this.#engine)
    for (let turn = 0; turn < 8; turn++) await pick(random, all)().catch((error: unknown) => assert.ok(error instanceof EngineError, `${error}`))
    this.#random = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]()
    this.#server.forceShutdown()
    await rm(this.#directory, { recursive: true, force: true })
  }
}

export const criAnswers: FuzzTarget = { name: 'cri-answers', open: () => CriAnswers.open() }
