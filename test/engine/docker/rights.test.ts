import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostDevices, missingCapabilities } from '../../../src/engine/docker/rights.ts'

test('capabilities are missed by name, as far as the kernel knows them', () => {
  assert.deepEqual(missingCapabilities(0x1fffeffffffn, 40), ['SYS_RESOURCE'])
  assert.deepEqual(missingCapabilities(0x1ffffffffffn, 40), [])
  assert.deepEqual(missingCapabilities(0x3fffffffffn, 40), ['PERFMON', 'BPF', 'CHECKPOINT_RESTORE'])
  assert.deepEqual(missingCapabilities(0x3fffffffffn, 37), [])
})

test('device files are those of /dev, but for what a container has of its own', async () => {
  const devices = await hostDevices('/dev')
  assert.ok(devices.includes('/dev/null'))
  assert.deepEqual(
    devices.filter((path) => /^\/dev\/(pts\/|shm\/|console$|fd|stdin)/.test(path)),
    [],
  )
})
