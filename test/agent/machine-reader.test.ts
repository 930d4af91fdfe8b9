import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { machineReader } from '../../src/agent/machine-reader.ts'
import { systemClock } from '../../src/base/clock.ts'

// A file system of its own on every machine.
const apart = '/dev/shm'

async function sampled(t: { after(done: () => Promise<void>): void }, paths: { images: string; containers?: string }) {
  const rootDirectory = await mkdtemp(join(tmpdir(), 'machine-'))
  t.after(() => rm(rootDirectory, { recursive: true }))
  const place = (name: string | undefined) => (name === 'node' ? rootDirectory : name)
  const reader = machineReader({ clock: systemClock, rootDirectory, imageFsPath: place(paths.images) ?? '', containerFsPath: place(paths.containers) })
  const { dedicatedImagefs, containerfs, nodefs, imagefs } = await reader.sample()
  return [dedicatedImagefs, containerfs !== undefined, imagefs?.capacityBytes === nodefs.capacityBytes]
}

test('what images and writable layers lie on is told apart by file systems, not by paths', async (t) => {
  assert.deepEqual(await sampled(t, { images: 'node' }), [false, false, true])
  assert.deepEqual(await sampled(t, { images: apart }), [true, false, false])
  assert.deepEqual(await sampled(t, { images: apart, containers: 'node' }), [true, true, false])
  assert.deepEqual(await sampled(t, { images: apart, containers: apart }), [true, false, false])
  assert.deepEqual((await sampled(t, { images: 'node', containers: 'node' })).slice(0, 2), [false, false])
})

test('a directory of the engine that is not on this machine is no file system of it', async (t) => {
  assert.deepEqual((await sampled(t, { images: '/no/such/place', containers: 'node' })).slice(0, 2), [false, false])
})
