import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { bytesToFree, type ImageRecord, removable, tooOld } from '../../../actors/node/images/collect.ts'
import { ImageGc, type ImageGcOptions } from '../../../actors/node/images/image-gc.ts'
import { nodeAddresses } from '../../../actors/node/messages.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import type { ImageState } from '../../../src/engine/image.ts'
import { nodeStage } from '../../support/node-stage.ts'

const thresholds = { highPercent: 85, lowPercent: 80 }
const minutes = 60_000

test('images go when the disk is as full as the high threshold, down to the low one', () => {
  const of = (availableBytes: number) => bytesToFree({ capacityBytes: 1000, availableBytes }, thresholds)
  assert.deepEqual([of(169), of(160), of(159), of(150), of(0)], [0, 0, 41, 50, 200])
  assert.equal(bytesToFree({ capacityBytes: 1000, availableBytes: 0 }, { highPercent: 100, lowPercent: 80 }), 0)
  assert.equal(bytesToFree({ capacityBytes: 0, availableBytes: 0 }, thresholds), 0)
})

const anImage = fc.record({
  id: fc.uuid(),
  sizeBytes: fc.nat(),
  firstSeen: fc.nat(1000),
  lastUsed: fc.option(fc.nat(1000), { nil: undefined }),
  inUse: fc.boolean(),
  pinned: fc.boolean(),
}) satisfies fc.Arbitrary<ImageRecord>

test('whatever there is, nothing that is used, pinned or young may go, and the longest unused goes first', () => {
  fc.assert(
    fc.property(fc.array(anImage), fc.integer({ min: 1000, max: 2000 }), fc.nat(1500), (images, now, minimumAge) => {
      const chosen = removable(images, now, minimumAge)
      for (const image of chosen) assert.ok(!image.inUse && !image.pinned && now - image.firstSeen >= minimumAge)
      for (const [index, image] of chosen.slice(1).entries()) assert.ok((chosen[index]?.lastUsed ?? 0) <= (image.lastUsed ?? 0))
      for (const image of images) if (!image.inUse && !image.pinned && now - image.firstSeen >= minimumAge) assert.ok(chosen.includes(image))
    }),
  )
})

test('an age that images may have counts from their last use, and 0 is none', () => {
  const image = { id: 'a', sizeBytes: 1, firstSeen: 0, lastUsed: 100, inUse: false, pinned: false }
  assert.deepEqual(tooOld([image], 201, 100), [image])
  assert.deepEqual(tooOld([image], 200, 100), [])
  assert.deepEqual(tooOld([image], 1e9, 0), [])
})

const state = (id: string, sizeBytes: number, tag = id): ImageState => ({
  ...{ id, repoTags: [tag], repoDigests: [], sizeBytes, createdAt: 0, user: '', entrypoint: [], command: [], workingDir: '' },
})

async function aNode(t: TestContext, images: ImageState[], changed: Partial<ImageGcOptions> = {}) {
  const stage = await nodeStage(t, [])
  const there = new Map(images.map((image) => [image.id, image]))
  const used = new Set<string>()
  const refused = new Set<string>()
  const events: string[] = []
  const disk = { capacityBytes: 1000, availableBytes: 500 }
  let gc: ImageGc | undefined
  const engine = {
    listImages: async () => [...there.values()],
    imagesInUse: async () => used,
    removeImage: async (id: string) => {
      if (refused.has(id)) throw new EngineError('invalid', `${id} is held`)
      disk.availableBytes += there.get(id)?.sizeBytes ?? 0
      there.delete(id)
    },
  }
  const nodeEvents = { record: (_: string, reason: string, message: string) => void events.push(`${reason}: ${message}`) }
  const options = { engine, ...thresholds, disk: async () => disk, minimumAgeMs: 2 * minutes, maximumAgeMs: 0, nodeEvents }
  stage.system.spawnLocal(nodeAddresses.imageGc, (context) => {
    gc = new ImageGc(context, { ...options, isPinned: ({ repoTags }) => repoTags.includes('pause'), ...changed })
    return gc
  })
  await stage.after(0)
  return { ...stage, used, refused, events, disk, there, left: () => [...there.keys()], removeUnused: () => gc?.removeUnused() }
}

test('each five minutes as much goes as the disk needs, the least lately used first; the pause image and what is used stay', async (t) => {
  const node = await aNode(t, [state('pause', 40), state('used', 40), state('was-used', 40), state('never', 40)])
  node.used.add('used').add('was-used')
  await node.after(5 * minutes)
  assert.equal(node.left().length, 4, 'the disk has room')
  node.used.delete('was-used')
  node.disk.availableBytes = 150
  await node.after(5 * minutes)
  assert.deepEqual(node.left(), ['pause', 'used'])
  assert.deepEqual(node.events, [])
})

test('what could not be freed is told, a second failure as ImageGCFailed too', async (t) => {
  const node = await aNode(t, [state('small', 10)])
  node.disk.availableBytes = 100
  await node.after(5 * minutes)
  const told = 'Failed to garbage collect required amount of images. Attempted to free 100 bytes, but only found 10 bytes eligible to free.'
  assert.deepEqual([node.left(), node.events], [[], [`FreeDiskSpaceFailed: ${told}`]])
  await node.after(5 * minutes)
  assert.match(node.events.at(-1) ?? '', /^ImageGCFailed: Failed to garbage collect/)
})

test('an image that the engine will not let go keeps none of the others', async (t) => {
  const node = await aNode(t, [state('held', 30), state('free', 60)])
  node.refused.add('held')
  node.disk.availableBytes = 150
  await node.after(5 * minutes)
  assert.deepEqual([node.left(), node.events], [['held'], []])
})

test('an image that a pod has mounted as a volume stays, however it is written', async (t) => {
  const images = ['docker.io/library/data:latest', 'docker.io/library/other:1'].map((tag) => state(`sha256:${tag}`, 60, tag))
  const node = await aNode(t, images, { mountedImages: () => ['data'] })
  node.disk.availableBytes = 100
  await node.after(5 * minutes)
  assert.deepEqual(node.left(), ['sha256:docker.io/library/data:latest'])
})

test('short of disk all that is unused goes at once, but what was just pulled', async (t) => {
  const gone: string[] = []
  const node = await aNode(t, [state('old', 10), state('used', 10)], { removed: (reason) => void gone.push(reason) })
  node.used.add('used')
  await node.after(2 * minutes)
  node.there.set('new', state('new', 10))
  await node.removeUnused()
  assert.deepEqual(node.left(), ['used', 'new'])
  assert.deepEqual(gone, ['space'])
})

test('images that nothing used for too long go though there is room', async (t) => {
  const gone: string[] = []
  const node = await aNode(t, [state('a', 10)], { maximumAgeMs: 9 * minutes, removed: (reason) => void gone.push(reason) })
  await node.after(5 * minutes)
  assert.equal(node.left().length, 1)
  await node.after(5 * minutes)
  assert.deepEqual(node.left(), [])
  assert.deepEqual(gone, ['age'])
})
