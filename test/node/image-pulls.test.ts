import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ImagePulls, type ImagePullsOptions } from '../../actors/node/image-pulls.ts'
import { type ImagePullsMessage, nodeAddresses } from '../../actors/node/messages.ts'
import { podUid } from '../../src/kube/ids.ts'
import { nodeStage } from '../support/node-stage.ts'

async function pulls(t: TestContext, options: ImagePullsOptions) {
  const stage = await nodeStage(t)
  stage.system.spawnLocal(nodeAddresses.imagePulls, (context) => new ImagePulls(context, options))
  const granted: string[] = []
  const ask = (name: string) => {
    const message: ImagePullsMessage = { type: 'AcquirePull', uid: podUid(name), image: 'i' }
    void stage.system.ask<{ waitedMs: number }>(nodeAddresses.imagePulls, message, { timeoutMs: 3_600_000 }).then(
      () => granted.push(name),
      () => {},
    )
  }
  const say = (type: 'ReleasePull' | 'ForgetPulls', name: string) =>
    stage.system.send(nodeAddresses.imagePulls, { type, uid: podUid(name), image: 'i' } as ImagePullsMessage)
  return { ...stage, granted, ask, say }
}
const unlimited = { qps: 0, burst: 1 }

test('so many at once, in order of asking', async (t) => {
  const { ask, say, granted, after } = await pulls(t, { parallel: 2, ...unlimited })
  for (const name of ['a', 'b', 'c', 'd']) ask(name)
  await after(0)
  assert.deepEqual(granted, ['a', 'b'])
  say('ReleasePull', 'b')
  await after(0)
  assert.deepEqual(granted, ['a', 'b', 'c'])
})

test('so many a second, after a burst', async (t) => {
  const { ask, granted, after } = await pulls(t, { parallel: Number.POSITIVE_INFINITY, qps: 5, burst: 2 })
  for (const name of ['a', 'b', 'c', 'd']) ask(name)
  await after(0)
  assert.equal(granted.length, 2)
  await after(200)
  assert.equal(granted.length, 3)
  await after(200)
  assert.equal(granted.length, 4)
})

test('who was restarted while it pulled does not wait for itself; a pod that is gone gives back what it had', async (t) => {
  const { ask, say, granted, after } = await pulls(t, { parallel: 1, ...unlimited })
  ask('a')
  await after(0)
  ask('a')
  ask('b')
  ask('c')
  await after(0)
  assert.deepEqual(granted, ['a', 'a'])
  say('ForgetPulls', 'b')
  say('ForgetPulls', 'a')
  await after(0)
  assert.deepEqual(granted, ['a', 'a', 'c'])
})

test('a slot that nobody gives back is free again after half an hour', async (t) => {
  const { ask, granted, after } = await pulls(t, { parallel: 1, ...unlimited })
  ask('a')
  await after(31 * 60_000)
  ask('b')
  await after(0)
  assert.deepEqual(granted, ['a', 'b'])
})

test('each pull is told from the asking to its end, once for a pod that asks again', async (t) => {
  const heard: string[] = []
  const watcher = { pullBegan: (uid: string) => void heard.push(`${uid} began`), pullEnded: (uid: string) => void heard.push(`${uid} ended`) }
  const { ask, say, after } = await pulls(t, { parallel: 1, ...unlimited, watcher })
  for (const name of ['a', 'b', 'a', 'b']) ask(name)
  await after(0)
  assert.deepEqual(heard, ['a began', 'b began'])
  for (const name of ['a', 'a', 'b']) say('ReleasePull', name)
  await after(0)
  assert.deepEqual(heard.slice(2), ['a ended', 'b ended'])
})
