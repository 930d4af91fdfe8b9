import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localStorageExcess } from '../../../actors/node/eviction/local-storage.ts'
import type { ContainerUse } from '../../../actors/node/resources.ts'
import type { ContainerId } from '../../../src/engine/engine.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'

const mebi = 1024 ** 2
const taken = (bytes: number) => ({ bytes, inodes: 1, at: 0 })
const container = (name: string, rootfs: number, logs = 0): ContainerUse => ({
  ...{ id: name as ContainerId, name, attempt: 0, image: 'i', startedAt: 0, cgroup: '', sample: {} as ContainerUse['sample'] },
  ...{ rootfs: taken(rootfs), logs: taken(logs) },
})
const limited = (limit: string, name = 'c') => ({ name, resources: { limits: { 'ephemeral-storage': limit } } })

interface Written {
  readonly containers?: readonly ContainerUse[]
  readonly volumes?: Readonly<Record<string, number>>
}
const excess = (pod: Pod, { containers = [], volumes = {} }: Written, dedicatedImagefs = false) =>
  localStorageExcess(pod, { containers, volumes: Object.entries(volumes).map(([name, bytes]) => ({ name, use: taken(bytes) })) }, dedicatedImagefs)

test('an emptyDir may be full to its sizeLimit, not a byte more', () => {
  const pod = aPod()
    .withContainer({ name: 'c' })
    .with({ volumes: [{ name: 'x', emptyDir: { sizeLimit: '1Gi' } }] })
    .build()
  assert.equal(excess(pod, { volumes: { x: 1024 * mebi } }), undefined)
  assert.deepEqual(excess(pod, { volumes: { x: 1024 * mebi + 1 } }), {
    signal: 'emptydirfs.limit',
    message: 'Usage of EmptyDir volume "x" exceeds the limit "1Gi". ',
  })
})

test('an emptyDir without a limit, or with a limit of 0, may grow', () => {
  const volumes = [
    { name: 'free', emptyDir: {} },
    { name: 'zero', emptyDir: { sizeLimit: '0' } },
  ]
  assert.equal(excess(aPod().withContainer({ name: 'c' }).with({ volumes }).build(), { volumes: { free: 1e12, zero: 1e12 } }), undefined)
})

test('a container’s limit holds for its writable layer and its logs together', () => {
  const pod = aPod().withContainer(limited('10Mi')).withContainer(limited('100Mi', 'other')).build()
  assert.equal(excess(pod, { containers: [container('c', 6 * mebi, 4 * mebi)] }), undefined)
  assert.deepEqual(excess(pod, { containers: [container('c', 6 * mebi, 4 * mebi + 1)] }), {
    signal: 'ephemeralcontainerfs.limit',
    message: 'Container c exceeded its local ephemeral storage limit "10Mi". ',
  })
})

test('where images have a file system of their own, a container answers for its logs alone', () => {
  const pod = aPod().withContainer(limited('10Mi')).withContainer(limited('100Mi', 'other')).build()
  assert.equal(excess(pod, { containers: [container('c', 20 * mebi)] }, true), undefined)
  assert.equal(excess(pod, { containers: [container('c', 0, 11 * mebi)] }, true)?.signal, 'ephemeralcontainerfs.limit')
})

test('the pod’s limit is the sum of its containers’, and counts emptyDirs on the disk but not those in memory', () => {
  const pod = aPod()
    .withContainer(limited('10Mi'))
    .withContainer(limited('6Mi', 'other'))
    .with({
      volumes: [
        { name: 'disk', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory' } },
        { name: 'secret', secret: { secretName: 's' } },
      ],
    })
    .build()
  const containers = [container('c', 5 * mebi), container('other', 5 * mebi)]
  assert.equal(excess(pod, { containers, volumes: { disk: 6 * mebi, memory: 50 * mebi, secret: 50 * mebi } }), undefined)
  assert.deepEqual(excess(pod, { containers, volumes: { disk: 7 * mebi } }), {
    signal: 'ephemeralpodfs.limit',
    message: 'Pod ephemeral local storage usage exceeds the total limit of containers 16Mi. ',
  })
})

test('a sum is written as its parts are', () => {
  const pod = aPod().withContainer(limited('10M')).withContainer(limited('500k', 'other')).build()
  assert.match(excess(pod, { containers: [container('c', 5e6), container('other', 6e6)] })?.message ?? '', /containers 10500k\. $/)
})

test('a pod without limits is let alone', () => {
  assert.equal(excess(aPod().withContainer({ name: 'c' }).build(), { containers: [container('c', 1e12, 1e12)] }), undefined)
})
