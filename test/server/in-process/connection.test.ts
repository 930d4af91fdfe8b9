import assert from 'node:assert/strict'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { InProcessSocket } from '../../../src/server/in-process/connection.ts'
import { waitUntil } from '../../support/wait-until.ts'

const text = async (from: InProcessSocket): Promise<string> => {
  let all = ''
  for await (const chunk of from.setEncoding('utf8') as AsyncIterable<string>) all += chunk
  return all
}

describe('a connection within this process', () => {
  it('brings what is written, one by one or together, to the end of the writer; the other way goes on', async () => {
    const [near, far] = InProcessSocket.pair()
    near.write('a')
    near.cork()
    near.write('b')
    near.write('c')
    near.uncork()
    near.end('d')
    assert.equal(await text(far), 'abcd')
    far.end('answer')
    assert.equal(await text(near), 'answer')
    await Promise.all([finished(near), finished(far)])
  })

  it('holds the writer up while nobody reads', async () => {
    const [near, far] = InProcessSocket.pair()
    let written = 0
    const piece = Buffer.alloc(64 << 10)
    while (near.write(piece, () => (written += 1)));
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(near.writableNeedDrain, true)
    assert.equal(written, 0)
    far.resume()
    await once(near, 'drain')
  })

  it('still brings what was said before one end went; the other is over once it has read that', async () => {
    const [near, far] = InProcessSocket.pair()
    near.write('last words')
    near.destroy()
    assert.equal(await text(far), 'last words')
    await waitUntil('the other end to be over', () => far.destroyed)
  })

  it('is over after a moment where nobody reads what was said by an end that was cut off, and waits for the reader of one that had ended', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const cut = InProcessSocket.pair()
    while (cut[0].write(Buffer.alloc(64 << 10)));
    const whole = InProcessSocket.pair()
    whole[0].end('all of it')
    await finished(whole[0], { readable: false })
    for (const [near] of [cut, whole]) near.destroy()
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([cut[1].destroyed, whole[1].destroyed], [false, false])
    t.mock.timers.tick(5000)
    assert.deepEqual([cut[1].destroyed, whole[1].destroyed], [true, false])
    assert.equal(await text(whole[1]), 'all of it')
  })

  it('refuses what is written to an end that is gone', async () => {
    const [near, far] = InProcessSocket.pair()
    far.destroy()
    const refused = once(near, 'error')
    near.write('hello?')
    assert.equal((await refused)[0].code, 'EPIPE')
  })

  it('frees a writer that waits when the reader goes', async () => {
    const [near, far] = InProcessSocket.pair()
    near.on('error', () => {})
    while (near.write(Buffer.alloc(64 << 10)));
    far.destroy()
    near.resume()
    await once(near, 'close')
  })

  it('says when nothing has passed for a time; what passes either way counts', async () => {
    const [near, far] = InProcessSocket.pair()
    let last = performance.now()
    const quiet: number[] = []
    const idle = new Promise<void>((resolve) =>
      near.setTimeout(100, () => {
        quiet.push(performance.now() - last)
        resolve()
      }),
    )
    for (const writer of [near, far, near, far, near, far, near, far]) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      last = performance.now()
      writer.write('.')
    }
    await idle
    assert.ok((quiet[0] ?? 0) >= 95, `idle after ${quiet[0]} ms`)
    near.setTimeout(0)
  })
})
