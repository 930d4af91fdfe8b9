import assert from 'node:assert/strict'
import { type Duplex, PassThrough } from 'node:stream'
import { systemClock } from '../../../src/base/clock.ts'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { InProcessSocket } from '../../../src/server/in-process/connection.ts'
import { controlFrame, controlType, dataHeader, FrameParser, flagFin } from '../../../src/server/spdy/frames.ts'
import { HeaderWriter } from '../../../src/server/spdy/header-block.ts'
import { forwardOverSpdy } from '../../../src/server/streaming/port-forward.ts'
import { bytes, cut, damaged, integer, oneIn, pick, times } from '../draw.ts'
import { soon } from '../soon.ts'
import type { FuzzTarget } from '../target.ts'

/** What a server holds at most for a peer that does not read: its buffer and the answer to one more chunk. */
const mostQueued = 1 << 20

/** A client's side of one connection: it counts its streams, and shares its compression among their headers. */
class Client {
  readonly #headers = new HeaderWriter()

  open(id: number, headers: Readonly<Record<string, string>>, fin = false): Buffer {
    const ids = Buffer.alloc(10)
    ids.writeUInt32BE(id)
    const block = this.#headers.write(new Map(Object.entries(headers).map(([name, value]) => [name, [value]])))
    return controlFrame(controlType.synStream, fin ? flagFin : 0, ids, block)
  }

  data(id: number, payload: Buffer, fin = false): Buffer {
    return Buffer.concat([dataHeader(id, payload.length, fin), payload])
  }
}

/** A port-forward whose pods say back what they hear. */
function forwarding() {
  const [near, far] = InProcessSocket.pair()
  near.on('error', () => {})
  const dialled: Duplex[] = []
  const dial = async (port: number) => {
    if (port % 7 === 0) throw new Error('connection refused')
    const echo = new PassThrough()
    dialled.push(echo)
    return echo
  }
  return { near, far, dialled, done: forwardOverSpdy(far, dial, systemClock) }
}

/** Pairs of streams that a client opens as it should: each must get back just what it sent. */
async function obedient(random: Random): Promise<void> {
  const { near, far, dialled, done } = forwarding()
  const client = new Client()
  const pairs = times(integer(random, 1, 6), (n) => ({
    error: 4 * n + 1,
    data: 4 * n + 3,
    chunks: times(integer(random, 0, 6), () => bytes(random, integer(random, 0, 3000))),
  }))
  const parser = new FrameParser()
  const heard = new Map<number, Buffer[]>()
  const ended = new Set<number>()
  near.on('data', (chunk: Buffer) => {
    for (const frame of parser.feed(chunk)) {
      if (frame.kind !== 'data') continue
      heard.set(frame.streamId, [...(heard.get(frame.streamId) ?? []), Buffer.from(frame.payload)])
      if (frame.flags & flagFin) ended.add(frame.streamId)
    }
  })
  const frames = pairs.map(({ error, data, chunks }, n) => [
    client.open(error, { streamtype: 'error', port: '80', requestid: String(n) }, true),
    client.open(data, { streamtype: 'data', port: '80', requestid: String(n) }),
    ...chunks.map((chunk) => client.data(data, chunk)),
    client.data(data, Buffer.alloc(0), true),
  ])
  // The headers' order is the compression's; what follows them may come in any order among the streams.
  const opening = frames.flatMap((each) => each.slice(0, 2))
  const rest = frames.map((each) => each.slice(2))
  const mixed: Buffer[] = []
  for (let left = rest.filter((each) => each.length > 0); left.length > 0; left = left.filter((each) => each.length > 0))
    mixed.push(pick(random, left).shift() as Buffer)
  for (const piece of cut(random, Buffer.concat([...opening, ...mixed]), pick(random, [7, 300, 70_000]))) near.write(piece)
  await soon(
    'all streams to end',
    () => pairs.every(({ data, error }) => ended.has(data) && ended.has(error)),
    () => `${ended.size} of ${2 * pairs.length} ended`,
  )
  for (const { data, chunks } of pairs) assert.ok(Buffer.concat(heard.get(data) ?? []).equals(Buffer.concat(chunks)), `stream ${data} got back other bytes`)
  near.destroy()
  await done
  assert.ok(dialled.every(({ destroyed }) => destroyed) && far.destroyed, 'a connection to a pod stays open')
}

/** Anything at all, from a client that may not read. It must be cut off, held up or served; nothing may be left when it has gone. */
async function unruly(random: Random): Promise<void> {
  const { near, far, dialled, done } = forwarding()
  const client = new Client()
  if (oneIn(random, 2)) near.resume()
  const header = () => pick(random, ['streamtype', 'port', 'requestid', 'Host', '', '\0'])
  const value = () => pick(random, ['data', 'error', '80', '7', '-1', '65536', '1', '', 'x'.repeat(300)])
  const id = () => pick(random, [0, 1, 2, 3, 5, 7, 9, 0x7fffffff])
  const frame = (): Buffer => {
    switch (integer(random, 0, 9)) {
      case 0:
      case 1:
        return client.open(id(), { streamtype: pick(random, ['data', 'error']), port: value(), requestid: value() }, oneIn(random, 4))
      case 2:
        return client.open(id(), Object.fromEntries(times(integer(random, 0, 5), () => [header(), value()])))
      case 3:
        return controlFrame(controlType.rstStream, 0, id(), integer(random, 0, 12))
      case 4:
        return Buffer.concat(times(integer(random, 1, 3000), (n) => controlFrame(controlType.ping, 0, n)))
      case 5:
        return controlFrame(pick(random, [...Object.values(controlType), 5, 10, 0xffff]), integer(random, 0, 255), bytes(random, integer(random, 0, 40)))
      default:
        return client.data(id(), bytes(random, integer(random, 0, 2000)), oneIn(random, 5))
    }
  }
  const whole = Buffer.concat(times(integer(random, 1, 25), frame))
  for (const piece of cut(random, oneIn(random, 3) ? whole : damaged(random, whole), pick(random, [50, 3000, 70_000]))) {
    near.write(piece)
    if (oneIn(random, 10)) await new Promise((resolve) => setImmediate(resolve))
    assert.ok(far.writableLength < mostQueued, `${far.writableLength} bytes wait for a peer that may not read`)
  }
  if (oneIn(random, 2)) near.end()
  else near.destroy()
  await new Promise((resolve) => setImmediate(resolve))
  near.destroy()
  await done
  await soon('the connections to pods to end', () => dialled.every(({ destroyed }) => destroyed))
}

/** The node's side of a SPDY connection, with port-forward above it. */
export const spdy: FuzzTarget = {
  name: 'spdy',
  open: async () => ({
    round: (random) => (oneIn(random, 3) ? obedient(random) : unruly(random)),
    async [Symbol.asyncDispose]() {},
  }),
}
