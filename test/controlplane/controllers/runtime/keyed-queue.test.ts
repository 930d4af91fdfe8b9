import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { KeyedQueue } from '../../../../src/controlplane/controllers/runtime/keyed-queue.ts'

function makeQueue(concurrency: number, handle: (key: string) => Promise<void>) {
  const clock = new ManualClock()
  const stopping = new AbortController()
  return { clock, stopping, queue: new KeyedQueue({ name: 'q', clock, log: silentLogger, signal: stopping.signal, concurrency, handle }) }
}

describe('a queue of keys', () => {
  it('handles a key that came many times once, and again when it came meanwhile', async () => {
    const handled: string[] = []
    const { queue, clock } = makeQueue(2, async (key) => {
      handled.push(key)
      if (handled.length === 1) queue.add('a')
    })
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
    await clock.advance(0)
    assert.deepEqual(handled.sort(), ['a', 'a', 'b'])
  })

  it('never handles a key twice at a time, nor more keys than it may', async () => {
    let most = 0
    const now = new Set<string>()
    const { queue, clock } = makeQueue(3, async (key) => {
      assert.ok(!now.has(key))
      now.add(key)
      most = Math.max(most, now.size)
      await new Promise((resolve) => setImmediate(resolve))
      now.delete(key)
    })
    for (let index = 0; index < 50; index++) {
      queue.add(`k${index % 10}`)
      if (index % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    while (queue.depth > 0 || now.size > 0) await clock.advance(0)
    assert.equal(most, 3)
  })

  it('comes back to what failed, later each time, until it succeeds', async () => {
    const at: number[] = []
    const { queue, clock } = makeQueue(1, async () => {
      at.push(clock.monotonic())
      if (at.length < 5) throw new Error('not yet')
    })
    queue.add('a')
    await clock.advance(10_000)
    assert.deepEqual(at, [0, 5, 15, 35, 75])
  })

  it('handles nothing more once it is stopped', async () => {
    let handled = 0
    const { queue, clock, stopping } = makeQueue(1, async () => {
      handled++
      stopping.abort()
    })
    for (const key of ['a', 'b', 'c']) queue.add(key)
    await clock.advance(1000)
    assert.equal(handled, 1)
  })

  it('a key comes by itself at the one time that was set last', async () => {
    const handled: number[] = []
    const { queue, clock, stopping } = makeQueue(1, async () => void handled.push(clock.monotonic()))
    queue.schedule('a', 1000)
    queue.schedule('a', 3000)
    await clock.advance(5000)
    assert.deepEqual(handled, [3000])
    queue.schedule('a', 1000)
    queue.schedule('a', undefined)
    await clock.advance(5000)
    queue.schedule('a', 1000)
    stopping.abort()
    assert.equal(clock.pending, 0)
    assert.deepEqual(handled, [3000])
  })
})
