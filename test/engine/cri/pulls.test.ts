/** Images from a real registry (Debian's docker-registry) to containerd, beside what the contract asks. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { createCriEngine } from '../../../src/engine/cri/cri-engine.ts'
import type { ContainerEngine } from '../../../src/engine/engine.ts'
import { EnginePod } from '../../contract/engine-fixture.ts'
import { startContainerd, type TestContainerd } from '../../support/containerd.ts'
import { busyboxImage } from '../../support/images.ts'
import { startRegistry, type TestRegistry } from '../../support/registry.ts'

const account = { username: 'anna', password: 'a secret' }
let root: string
let daemon: TestContainerd
let engine: ContainerEngine
let open: TestRegistry
let guarded: TestRegistry

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'cri-pulls-'))
  open = await startRegistry()
  guarded = await startRegistry(account)
  daemon = await startContainerd({ root })
  // containerd itself pushes: it has the image, and no Docker is needed.
  await push(`${open.host}/pulled:1`)
  await push(`${guarded.host}/team/guarded:1`, '--user', `${account.username}:${account.password}`)
  engine = createCriEngine({ endpoint: daemon.endpoint, clock: systemClock, log: silentLogger })
})
after(async () => {
  await engine?.[Symbol.asyncDispose]()
  await daemon?.[Symbol.asyncDispose]()
  await open?.[Symbol.asyncDispose]()
  await guarded?.[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})

/** The name goes again; what it named stays. */
async function push(reference: string, ...credential: string[]): Promise<void> {
  await daemon.ctr('images', 'push', '--plain-http', ...credential, reference, busyboxImage)
}

test('an image comes with its digest, is known by it, and a container of it names it', async () => {
  const reference = `${open.host}/pulled:1`
  assert.equal(await engine.imageState(reference), undefined)
  const state = await engine.pullImage(reference)
  const digest = state.repoDigests.find((each) => each.startsWith(`${open.host}/pulled@sha256:`)) ?? ''
  assert.deepEqual([state.repoTags.includes(reference), digest !== '', state.sizeBytes > 0], [true, true, true])
  assert.deepEqual(await engine.imageState(digest), state)
  await using pod = await EnginePod.make(engine, reference)
  assert.match((await pod.container(await pod.run()))?.imageId ?? '', /sha256:[0-9a-f]{64}$/)
})

test('an image comes by its digest alone', async () => {
  const { repoDigests } = await engine.pullImage(`${open.host}/pulled:1`)
  const digest = repoDigests.find((each) => each.startsWith(open.host)) ?? ''
  assert.equal((await engine.pullImage(digest)).repoDigests.includes(digest), true)
  const other = `${digest.slice(0, digest.indexOf('@'))}@sha256:${'0'.repeat(64)}`
  await assert.rejects(engine.pullImage(other), { kind: 'image-not-found' })
})

test('an image that is not there, and a registry that is not, are told apart', async () => {
  await assert.rejects(engine.pullImage(`${open.host}/pulled:2`), { kind: 'image-not-found' })
  await assert.rejects(engine.pullImage(`${open.host}/other:1`), { kind: 'image-not-found' })
  await assert.rejects(engine.pullImage('127.0.0.1:1/any:1'), { kind: 'registry-unavailable' })
})

test('an image that is guarded comes for the right account only', async () => {
  const reference = `${guarded.host}/team/guarded:1`
  await assert.rejects(engine.pullImage(reference), { kind: 'image-unauthorized' })
  await assert.rejects(engine.pullImage(reference, { ...account, password: 'wrong' }), { kind: 'image-unauthorized' })
  const state = await engine.pullImage(reference, account)
  assert.equal(state.repoTags.includes(reference), true)
})

test('an image that nothing uses is removed under all its names', async () => {
  const { id } = await engine.pullImage(`${open.host}/pulled:1`)
  assert.equal((await engine.imagesInUse()).has(id), false)
  await engine.removeImage(id)
  assert.equal(await engine.imageState(`${open.host}/pulled:1`), undefined)
  assert.equal(await engine.imageState(id), undefined)
})
