import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, createDeflate } from 'node:zlib'
import fc from 'fast-check'
import { headerDictionary } from '../../../src/server/spdy/dictionary.ts'
import { controlFrame, dataHeader, type Frame, FrameParser } from '../../../src/server/spdy/frames.ts'
import { HeaderReader, HeaderWriter } from '../../../src/server/spdy/header-block.ts'

/** Adler-32 (RFC 1950): how a zlib stream names its dictionary. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return b * 65536 + a
}

test('the dictionary is SPDY/3’s', () => {
  assert.equal(headerDictionary.length, 1423)
  assert.equal(adler32(headerDictionary).toString(16), 'e3c6a7c2')
})

const payload = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant('data' as const), streamId: fc.integer({ min: 1, max: 0x7fffffff }), flags: fc.constantFrom(0, 1), payload }),
  fc.record({ kind: fc.constant('control' as const), type: fc.integer({ min: 1, max: 9 }), flags: fc.constantFrom(0, 1, 2), payload }),
)
const written = (each: Frame): Buffer =>
  each.kind === 'data'
    ? Buffer.concat([dataHeader(each.streamId, each.payload.length, each.flags === 1), each.payload])
    : controlFrame(each.type, each.flags, each.payload)

test('frames come out as they went in, however the connection cuts them', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(written))
      const parser = new FrameParser()
      const seen: Frame[] = []
      for (let at = 0, n = 0; at < bytes.length; n += 1) {
        const next = at + (cuts[n % cuts.length] ?? 1)
        for (const each of parser.feed(bytes.subarray(at, next))) seen.push({ ...each, payload: Buffer.from(each.payload) })
        at = next
      }
      assert.deepEqual(joined(seen), joined(frames))
    }),
  )
})

/** The pieces of data that follow one another on a stream as one. */
function joined(frames: readonly Frame[]): Frame[] {
  const all: Frame[] = []
  for (const each of frames) {
    const last = all.at(-1)
    const follows = last?.kind === 'data' && each.kind === 'data' && last.streamId === each.streamId && last.flags === 0
    if (follows) all[all.length - 1] = { ...each, payload: Buffer.concat([last.payload, each.payload]) }
    else all.push({ ...each })
  }
  return all
}

test('a peer that speaks another version, or sends a control frame without end, is refused', () => {
  assert.throws(() => [...new FrameParser().feed(Buffer.from('8002000100000000', 'hex'))], /SPDY version 2/)
  assert.throws(() => [...new FrameParser().feed(Buffer.from('8003000100ffffff', 'hex'))], /too long/)
})

const name = fc.stringMatching(/^[a-z][a-z-]{0,20}$/)
const values = fc.array(fc.stringMatching(/^[ -~]{1,30}$/), { minLength: 1, maxLength: 3 })

test('headers that a client compresses, block after block, are read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.dictionary(name, values, { maxKeys: 6 }), { minLength: 1, maxLength: 5 }), async (blocks) => {
      const deflate = createDeflate({ dictionary: headerDictionary })
      const parts: Buffer[] = []
      deflate.on('data', (part: Buffer) => parts.push(part))
      using reader = new HeaderReader()
      for (const block of blocks) {
        deflate.write(plain(new Map(Object.entries(block))))
        await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
        await new Promise((resolve) => setImmediate(resolve))
        assert.deepEqual(new Map(await reader.read(Buffer.concat(parts.splice(0)))), new Map(Object.entries(block)))
      }
      deflate.destroy()
    }),
    { numRuns: 50 },
  )
})

test('what the server writes is a stream that such a reader reads too', async () => {
  const writer = new HeaderWriter()
  using reader = new HeaderReader()
  for (const headers of [new Map(), new Map([['a', ['1', '2']]]), new Map([['b', ['x'.repeat(5000)]]])]) {
    assert.deepEqual(await reader.read(writer.write(headers)), headers)
  }
})

test('what is no header block is an error', async () => {
  using reader = new HeaderReader()
  await assert.rejects(reader.read(Buffer.from('not zlib at all')))
})

function plain(headers: ReadonlyMap<string, readonly string[]>): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const text = (value: string) => Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value)])
  return Buffer.concat([number(headers.size), ...[...headers].flatMap(([key, list]) => [text(key), text(list.join('\0'))])])
}
