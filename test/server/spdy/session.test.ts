import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import { InProcessSocket } from '../../../src/server/in-process/connection.ts'
import { controlFrame, controlType, dataHeader } from '../../../src/server/spdy/frames.ts'
import { HeaderWriter } from '../../../src/server/spdy/header-block.ts'
import { type SpdySession, type SpdyStream, spdySession } from '../../../src/server/spdy/session.ts'
import { socketPair } from '../../support/socket-pair.ts'
import { waitUntil, waitUntilStill } from '../../support/wait-until.ts'

type Pair = () => readonly [Duplex, Duplex] | Promise<readonly [Duplex, Duplex]>
const pairs: readonly (readonly [string, Pair])[] = [
  ['over TCP', socketPair],
  ['within this process', () => InProcessSocket.pair()],
]

/** The client's side of a connection, that writes frames; what the server does with its streams is up to the test. */
class Peer implements Disposable {
  readonly socket: Duplex
  readonly server: Duplex
  readonly session: SpdySession
  readonly streams: SpdyStream[] = []
  readonly #headers = new HeaderWriter()

  private constructor(client: Duplex, server: Duplex) {
    this.socket = client
    this.server = server
    this.session = spdySession(
      server,
      (stream) => {
        stream.accept()
        this.streams.push(stream)
      },
      { probeMs: 20 },
    )
    client.resume()
  }

  static async connect(pair: Pair): Promise<Peer> {
    return new Peer(...(await pair()))
  }

  async open(id: number): Promise<SpdyStream> {
    const ids = Buffer.alloc(10)
    ids.writeUInt32BE(id)
    this.socket.write(controlFrame(controlType.synStream, 0, ids, this.#headers.write(new Map([['streamtype', [String(id)]]]))))
    return waitUntil('the stream', () => this.streams.find((stream) => stream.id === id))
  }

  /** False when there is no more room on the way. */
  send(id: number, data: string | Buffer, fin = false): boolean {
    const bytes = Buffer.from(data)
    return this.socket.write(Buffer.concat([dataHeader(id, bytes.length, fin), bytes]))
  }

  [Symbol.dispose](): void {
    this.session.destroy()
    this.socket.destroy()
  }
}

/** Until nothing more fits between the server and a peer that does not read: the kernel would take some 100,000 answers first. */
async function fillWayBack({ server }: Peer): Promise<void> {
  let written = 0
  await waitUntilStill('the way back to be full', () => {
    if (!server.writableNeedDrain) {
      written += 1
      server.write(Buffer.alloc(1 << 20))
    }
    return written
  })
}

/** A header block that says nothing, in the state of the compression that the first has left. */
const emptyBlock = (() => {
  const writer = new HeaderWriter()
  writer.write(new Map())
  return writer.write(new Map())
})()

const bytesOf = (socket: Duplex): number => (socket instanceof Socket ? socket.bytesRead + socket.bytesWritten : 0)

async function textOf(stream: SpdyStream): Promise<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) text += chunk
  return text
}

for (const [kind, pair] of pairs)
  describe(`the server’s side of a SPDY connection ${kind}`, () => {
    it('gives each stream its own bytes in order, to their end', async () => {
      using peer = await Peer.connect(pair)
      const [one, three] = [await peer.open(1), await peer.open(3)]
      for (let n = 0; n < 100; n += 1) for (const id of [1, 3]) peer.send(id, `${id}:${n} `)
      peer.send(1, 'end', true)
      peer.send(3, '', true)
      const wanted = (id: number) => Array.from({ length: 100 }, (_, n) => `${id}:${n} `).join('')
      assert.deepEqual(await Promise.all([textOf(one), textOf(three)]), [`${wanted(1)}end`, wanted(3)])
    })

    it('takes no more from a peer than its reader does, and goes on when that reads on', async () => {
      using peer = await Peer.connect(pair)
      const stream = await peer.open(1)
      const block = Buffer.alloc(32 << 10, 'x')
      const total = 2000
      let sent = 0
      const write = () => {
        while (sent < total) {
          sent += 1
          if (!peer.send(1, block, sent === total)) return void peer.socket.once('drain', write)
        }
      }
      write()
      await waitUntilStill('the peer to be held up', () => sent)
      assert.ok(sent * block.length < 32 << 20, `${sent * block.length} bytes were taken`)
      assert.equal((await textOf(stream)).length, total * block.length)
    })

    for (const [what, frame] of [
      ['pings', () => controlFrame(controlType.ping, 0, 1)],
      ['opens streams that are there already', () => controlFrame(controlType.synStream, 0, Buffer.from('00000001000000000000', 'hex'), emptyBlock)],
    ] as const)
      it(`takes no more from a peer that ${what} and does not read`, async () => {
        using peer = await Peer.connect(pair)
        await peer.open(1)
        peer.socket.pause()
        await fillWayBack(peer)
        const before = peer.server.writableLength
        const frames = Buffer.concat(Array.from({ length: 5000 }, frame))
        const most = 2000
        let sent = 0
        let queued = 0
        const write = () => {
          while (sent < most) {
            sent += 1
            queued = Math.max(queued, peer.server.writableLength - before)
            if (!peer.socket.write(frames)) return void peer.socket.once('drain', write)
          }
        }
        write()
        await waitUntilStill('the peer to be held up', () => sent + peer.socket.writableLength + peer.server.writableLength + bytesOf(peer.server))
        queued = Math.max(queued, peer.server.writableLength - before)
        assert.ok(queued < 256 << 10, `${queued} bytes waited for a peer that does not read`)
        assert.ok(sent < most, 'it was held up')
      })

    it('answers all that a peer asked before it began to read', async () => {
      using peer = await Peer.connect(pair)
      peer.socket.pause()
      const total = 100_000
      const pings = Buffer.concat(Array.from({ length: 1000 }, () => controlFrame(controlType.ping, 0, 1)))
      for (let n = 0; n < total; n += 1000) peer.socket.write(pings)
      await waitUntilStill('the peer to be held up', () => peer.socket.writableLength)
      let bytes = 0
      peer.socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      peer.socket.resume()
      await waitUntil('all answers', () => bytes === total * 12)
    })

    it('ends when the peer has ended and takes nothing more', async () => {
      using peer = await Peer.connect(pair)
      const stream = await peer.open(1)
      peer.socket.pause()
      for (let n = 0; n < 400; n += 1) stream.write(Buffer.alloc(32 << 10))
      peer.socket.end()
      await peer.session.closed
    })

    it('ends its streams when the peer hangs up, also while one is not read', async () => {
      using peer = await Peer.connect(pair)
      const stream = await peer.open(1)
      // More than is taken, so that its end is not seen.
      for (let n = 0; n < 300; n += 1) peer.send(1, Buffer.alloc(32 << 10))
      await waitUntil('it to be held up', () => stream.readableLength > 0)
      peer.socket.destroy()
      await peer.session.closed
      assert.ok(stream.destroyed)
    })

    it('ends when the peer ends, after what it had said', async () => {
      using peer = await Peer.connect(pair)
      const stream = await peer.open(1)
      peer.send(1, 'last words', true)
      peer.socket.end()
      assert.equal(await textOf(stream), 'last words')
      await peer.session.closed
    })

    it('cuts off a peer that speaks something else', async () => {
      using peer = await Peer.connect(pair)
      peer.socket.write(Buffer.from('8002000100000000', 'hex'))
      await peer.session.closed
    })
  })
