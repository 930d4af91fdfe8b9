import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pluginName } from '../../src/volumes/plugin-name.ts'

const claim = { key: 'persistentVolumeClaim' } as const
const below = (directory: string) => `/var/lib/kubelet/pods/u/volumes/${directory}`

for (const [what, name, expected] of [
  ['a kind with a directory', pluginName({ key: 'emptyDir', directory: 'kubernetes.io~empty-dir' }), 'kubernetes.io/empty-dir'],
  ['a path of the node', pluginName({ key: 'hostPath' }, { hostPath: '/opt' }), 'kubernetes.io/host-path'],
  ['a claim that is not mounted', pluginName(claim), 'N/A'],
  ['a claim of a local volume', pluginName(claim, { hostPath: below('kubernetes.io~local-volume/pv') }), 'kubernetes.io/local-volume'],
  ['a claim of a path of the node', pluginName(claim, { hostPath: '/srv/volumes/data/x' }), 'kubernetes.io/host-path'],
  ['a claim of a CSI driver', pluginName(claim, { hostPath: below('kubernetes.io~csi/pv/mount'), driver: 'd.example.com' }), 'kubernetes.io/csi:d.example.com'],
  ['an inline CSI volume', pluginName({ key: 'csi', directory: 'kubernetes.io~csi' }, { hostPath: below('x'), driver: 'd' }), 'kubernetes.io/csi:d'],
] as const) {
  test(`${what} is of the plugin ${expected}`, () => assert.equal(name, expected))
}
