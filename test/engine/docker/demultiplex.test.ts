import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { demultiplex, type OutputPiece } from '../../../src/engine/docker/demultiplex.ts'

interface Said {
  readonly stream: 'stdout' | 'stderr'
  readonly data: Uint8Array
}

function frame({ stream, data }: Said): Buffer {
  const header = Buffer.alloc(8)
  header[0] = stream === 'stderr' ? 2 : 1
  header.writeUInt32BE(data.length, 4)
  return Buffer.concat([header, data])
}

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = sizes[n % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

/** What was said in a row on one stream, as one. */
function inOrder(pieces: readonly Said[]): [string, string][] {
  const all: [string, string][] = []
  for (const { stream, data } of pieces) {
    if (data.length === 0) continue
    const text = Buffer.from(data).toString('latin1')
    const last = all.at(-1)
    if (last?.[0] === stream) last[1] += text
    else all.push([stream, text])
  }
  return all
}

const said: fc.Arbitrary<Said> = fc.record({ stream: fc.constantFrom('stdout' as const, 'stderr' as const), data: fc.uint8Array({ maxLength: 50 }) })

test('output comes in the order it was said, each stream’s apart, however the connection cuts the frames', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(said, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), async (frames, sizes) => {
      const pieces: OutputPiece[] = []
      for await (const piece of demultiplex(cut(Buffer.concat(frames.map(frame)), sizes), { tty: false })) pieces.push(piece)
      // Looked at only now: what is put together later must not lie over them.
      assert.deepEqual(inOrder(pieces), inOrder(frames))
    }),
  )
})

test('lines that came together are one piece', async () => {
  const lines = Array.from({ length: 100 }, (_, n) => frame({ stream: 'stdout', data: Buffer.from(`line ${n}\n`) }))
  const pieces: OutputPiece[] = []
  for await (const piece of demultiplex(cut(Buffer.concat(lines), [1 << 20]), { tty: false })) pieces.push(piece)
  assert.equal(pieces.length, 1)
  assert.match(Buffer.from(pieces[0]?.data ?? []).toString(), /^line 0\nline 1\n[\s\S]*line 99\n$/)
})
