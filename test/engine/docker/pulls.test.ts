import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import Docker from 'dockerode'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { createDockerEngine } from '../../../src/engine/docker/docker-engine.ts'
import type { ContainerEngine } from '../../../src/engine/engine.ts'
import { EnginePod } from '../../contract/engine-fixture.ts'
import { busyboxImage, ensureBusybox } from '../../support/images.ts'
import { startRegistry } from '../../support/registry.ts'
import { testDockerSocket } from '../../support/test-docker.ts'

describe('pulls from a registry', () => {
  let engine: ContainerEngine
  before(async () => {
    await ensureBusybox(testDockerSocket())
    engine = createDockerEngine({ endpoint: `unix://${testDockerSocket()}`, clock: systemClock, log: silentLogger })
  })
  after(() => engine?.[Symbol.asyncDispose]())

  test('an image comes with its digest, and a container of it names that', async () => {
    await using registry = await startRegistry()
    const reference = await registry.push(testDockerSocket(), busyboxImage, 'pulled:1')
    assert.equal(await engine.imageState(reference), undefined)
    const state = await engine.pullImage(reference)
    const digest = state.repoDigests.find((each) => each.startsWith(`${registry.host}/pulled@sha256:`)) ?? ''
    assert.deepEqual([state.repoTags.includes(reference), digest !== '', state.sizeBytes > 0], [true, true, true])
    assert.deepEqual(await engine.imageState(digest), state)
    {
      await using pod = await EnginePod.make(engine, reference)
      const imageId = (await pod.container(await pod.run()))?.imageId ?? ''
      assert.match(imageId, /^docker-pullable:\/\/.+@sha256:[0-9a-f]{64}$/)
    }
    await assert.rejects(engine.pullImage(`${registry.host}/pulled:2`), { kind: 'image-not-found' })
    await assert.rejects(engine.pullImage(`${registry.host}/other:1`), { kind: 'image-not-found' })
    await removeName(reference)
  })

  test('an image that is guarded comes for the right account only', async () => {
    const account = { username: 'anna', password: 'a secret' }
    await using registry = await startRegistry(account)
    const reference = await registry.push(testDockerSocket(), busyboxImage, 'guarded:1')
    await assert.rejects(engine.pullImage(reference), { kind: 'image-unauthorized' })
    await assert.rejects(engine.pullImage(reference, { ...account, password: 'wrong' }), { kind: 'image-unauthorized' })
    const state = await engine.pullImage(reference, account)
    assert.equal(state.repoTags.includes(reference), true)
    await removeName(reference)
  })

  test('an image is removed under all its names, and what is left of it elsewhere too', async () => {
    await using one = await startRegistry()
    await using other = await startRegistry()
    const docker = new Docker({ socketPath: testDockerSocket() })
    // Content of its own: what is removed here is no other test's image.
    const container = await docker.createContainer({ Image: busyboxImage, Labels: { test: 'removal' } })
    const made = (await container.commit({ repo: 'podsteward.test/removed', tag: '1', comment: String(process.pid) })) as { Id: string }
    await container.remove()
    const first = await one.push(testDockerSocket(), 'podsteward.test/removed:1', 'removed:1')
    const second = await other.push(testDockerSocket(), 'podsteward.test/removed:1', 'removed:1')
    const { id, repoDigests } = await engine.pullImage(first)
    assert.equal(id, made.Id)
    const byDigest = repoDigests.find((each) => each.startsWith(one.host)) ?? ''
    await engine.pullImage(second)
    await docker.getImage(first).remove()
    await engine.pullImage(byDigest)
    assert.equal((await engine.imagesInUse()).has(id), false)
    await engine.removeImage(id)
    assert.equal(await engine.imageState(id), undefined)
  })

  test('a registry that has gone is unavailable', async () => {
    const registry = await startRegistry()
    await registry[Symbol.asyncDispose]()
    await assert.rejects(engine.pullImage(`${registry.host}/any:1`), { kind: 'registry-unavailable' })
  })

  /** The content is the test image's, which stays. */
  async function removeName(reference: string): Promise<void> {
    await new Docker({ socketPath: testDockerSocket() }).getImage(reference).remove()
  }
})
