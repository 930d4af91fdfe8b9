import assert from 'node:assert/strict'
import { test } from 'node:test'
import { volumeDevices } from '../../../actors/pod/container-config/devices.ts'
import type { MountedVolume } from '../../../src/volumes/volume.ts'

const volumes = new Map<string, MountedVolume>([
  ['raw', { name: 'raw', hostPath: '/pods/u/volumeDevices/raw', isDevice: true, readOnly: false }],
  ['read', { name: 'read', hostPath: '/pods/u/volumeDevices/read', isDevice: true, readOnly: true }],
  ['files', { name: 'files', hostPath: '/files', readOnly: false }],
])
const devices = (name: string, devicePath = '/dev/x') => volumeDevices({ name: 'c', volumeDevices: [{ name, devicePath }] }, volumes)

test('a block volume is given as a device, for reading alone where its claim is', () => {
  assert.deepEqual(devices('raw'), [{ hostPath: '/pods/u/volumeDevices/raw', containerPath: '/dev/x', permissions: 'mrw' }])
  assert.deepEqual(devices('read'), [{ hostPath: '/pods/u/volumeDevices/read', containerPath: '/dev/x', permissions: 'r' }])
  assert.deepEqual(volumeDevices({ name: 'c' }, volumes), [])
})

test('what is no device, or has no place in the container, is refused in the kubelet’s words', () => {
  const refused = (message: string) => ({ reason: 'CreateContainerConfigError', message })
  assert.throws(() => devices('files'), refused('cannot find volume "files" to pass into container "c"'))
  assert.throws(() => devices('raw', 'dev/x'), refused('error DevicePath `dev/x` must be an absolute path'))
})
