import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { EngineError } from '../../src/engine/engine.ts'
import type { ImageState } from '../../src/engine/image.ts'
import { RecentImages } from '../../src/engine/recent-images.ts'

const image = (id: string) => ({ id }) as ImageState

/** An engine with these images, and how often it was looked at. */
function scene(...present: string[]) {
  const clock = new ManualClock()
  const there = new Set(present)
  const looks: string[] = []
  const recent = new RecentImages(clock, async (name) => {
    looks.push(name)
    if (name === 'broken') throw new EngineError('unreachable', 'away')
    return there.has(name) ? image(name) : undefined
  })
  return { clock, there, looks, recent }
}

test('an image is looked at once for all who ask at the same time or a moment later', async () => {
  const { recent, looks, clock } = scene('app')
  assert.deepEqual(await Promise.all([recent.state('app'), recent.state('app')]), [image('app'), image('app')])
  await clock.advance(900)
  assert.deepEqual(await recent.state('app'), image('app'))
  assert.deepEqual(looks, ['app'])
  await clock.advance(200)
  await recent.state('app')
  assert.deepEqual(looks, ['app', 'app'])
})

test('one that is not there, and one that could not be looked at, is looked at again at once', async () => {
  const { recent, looks, there } = scene()
  assert.equal(await recent.state('app'), undefined)
  there.add('app')
  assert.deepEqual(await recent.state('app'), image('app'))
  await assert.rejects(recent.state('broken'), /away/)
  await assert.rejects(recent.state('broken'), /away/)
  assert.deepEqual(looks, ['app', 'app', 'broken', 'broken'])
})

test('after a pull or a removal nothing of before stands, whether it went well or not', async () => {
  const { recent, there, looks } = scene('app')
  await recent.state('app')
  there.delete('app')
  await recent.after(Promise.resolve())
  assert.equal(await recent.state('app'), undefined)
  there.add('app')
  await recent.state('app')
  await assert.rejects(recent.after(Promise.reject(new Error('no'))), /no/)
  await recent.state('app')
  assert.equal(looks.length, 4)
})
