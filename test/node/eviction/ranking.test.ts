import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { evictionWords } from '../../../actors/node/eviction/message.ts'
import { type Candidate, layoutOf, rankForEviction } from '../../../actors/node/eviction/ranking.ts'
import type { ContainerUse } from '../../../actors/node/resources.ts'
import type { ContainerId } from '../../../src/engine/engine.ts'
import { aPod } from '../../support/builders.ts'

const mebi = 1024 ** 2

interface Taken {
  readonly memory?: number
  readonly processes?: number
  readonly rootfs?: number
  readonly logs?: number
  /** Of an emptyDir. */
  readonly volume?: number
  readonly inodes?: number
}

function candidate(name: string, taken: Taken, { priority = 0, requests = {} }: { priority?: number; requests?: Record<string, string> } = {}): Candidate {
  const pod = aPod()
    .withMetadata({ name, uid: name })
    .withContainer({ name: 'c', resources: { requests } })
    .with({ priority, volumes: [{ name: 'x', emptyDir: {} }] })
    .build()
  const disk = (bytes = 0) => ({ bytes, inodes: taken.inodes ?? 0, at: 0 })
  const sample = { memory: { workingSetBytes: taken.memory }, pids: { processes: taken.processes } } as ContainerUse['sample']
  const container: ContainerUse = {
    ...{ id: name as ContainerId, name: 'c', attempt: 0, image: 'i', startedAt: 0, cgroup: '', sample },
    ...{ rootfs: disk(taken.rootfs), logs: disk(taken.logs) },
  }
  return { pod, use: { containers: [container], volumes: [{ name: 'x', use: disk(taken.volume) }] } }
}
const names = (ranked: readonly Candidate[]) => ranked.map(({ pod }) => pod.metadata?.name).join(' ')

test('short of memory: those over their requests, then the least priority, then the most above the request', () => {
  const pods = [
    candidate('within', { memory: 500 * mebi }, { requests: { memory: '1Gi' } }),
    candidate('important', { memory: 900 * mebi }, { priority: 100 }),
    candidate('small', { memory: 10 * mebi }),
    candidate('big', { memory: 300 * mebi }, { requests: { memory: '100Mi' } }),
    candidate('guarded', { memory: 20 * mebi }, { requests: { memory: '1Gi' }, priority: -5 }),
  ]
  assert.equal(names(rankForEviction(pods, 'memory.available', 'one')), 'big small important guarded within')
})

test('short of processes: the least priority, then the most processes, whatever was asked for', () => {
  const pods = [candidate('few', { processes: 2 }), candidate('many', { processes: 200 }), candidate('important', { processes: 900 }, { priority: 1 })]
  assert.equal(names(rankForEviction(pods, 'pid.available', 'one')), 'many few important')
})

test('short of disk: all that a pod wrote counts where there is one file system', () => {
  const pods = [candidate('layer', { rootfs: 5 * mebi }), candidate('logs', { logs: 7 * mebi }), candidate('volume', { volume: 6 * mebi })]
  assert.equal(names(rankForEviction(pods, 'nodefs.available', 'one')), 'logs volume layer')
  assert.equal(names(rankForEviction(pods, 'imagefs.available', 'one')), 'logs volume layer')
})

test('with a file system of their own for images, writable layers count there and logs and volumes on the node’s', () => {
  const pods = [candidate('layer', { rootfs: 9 * mebi }), candidate('logs', { logs: 7 * mebi }), candidate('volume', { volume: 8 * mebi })]
  assert.equal(names(rankForEviction(pods, 'nodefs.available', 'images-apart')), 'volume logs layer')
  assert.equal(names(rankForEviction(pods, 'imagefs.available', 'images-apart')).split(' ')[0], 'layer')
})

test('where images alone have a file system of their own, all that a pod wrote counts on the node’s, and nothing of it on theirs', () => {
  const pods = [candidate('layer', { rootfs: 9 * mebi }), candidate('logs', { logs: 7 * mebi }), candidate('volume', { volume: 8 * mebi })]
  assert.equal(names(rankForEviction(pods, 'nodefs.available', 'split')), 'layer volume logs')
  const small = [candidate('large', { rootfs: 9 * mebi, logs: mebi }, { priority: 10 }), candidate('unimportant', {})]
  assert.equal(names(rankForEviction(small, 'imagefs.available', 'split')), 'unimportant large', 'by priority alone')
})

test('which file systems there are is read from a sample', () => {
  const fs = { capacityBytes: 1, availableBytes: 1, usedBytes: 0, inodes: 1, inodesFree: 1, inodesUsed: 0 }
  assert.equal(layoutOf(undefined), 'one')
  assert.equal(layoutOf({ dedicatedImagefs: false }), 'one')
  assert.equal(layoutOf({ dedicatedImagefs: true }), 'images-apart')
  assert.equal(layoutOf({ dedicatedImagefs: true, containerfs: fs }), 'split')
})

test('short of inodes: by inodes, and an ephemeral-storage request does not count', () => {
  const pods = [candidate('few', { inodes: 10 }), candidate('many', { inodes: 50 }, { requests: { 'ephemeral-storage': '1Gi' } })]
  assert.equal(names(rankForEviction(pods, 'nodefs.inodesFree', 'one')), 'many few')
})

test('no pod within its requests ever goes before one that exceeds them, and no pod is lost', () => {
  const arbitrary = fc.array(fc.record({ memory: fc.nat(2000), asked: fc.nat(2000), priority: fc.integer({ min: -3, max: 3 }) }), { maxLength: 20 })
  const property = fc.property(arbitrary, (list) => {
    const pods = list.map(({ memory, asked, priority }, index) => candidate(String(index), { memory }, { priority, requests: { memory: String(asked) } }))
    const ranked = rankForEviction(pods, 'memory.available', 'one')
    assert.deepEqual(new Set(ranked), new Set(pods))
    const over = ranked.map(({ pod }) => {
      const { memory, asked } = list[Number(pod.metadata?.name)] ?? { memory: 0, asked: 0 }
      return memory > asked
    })
    assert.ok(!over.some((exceeds, index) => exceeds && over[index - 1] === false))
  })
  fc.assert(property)
})

const observations = new Map([
  ['memory.available', { available: 90 * mebi, capacity: 1024 * mebi }],
  ['pid.available', { available: 1000, capacity: 4096 }],
] as const)
const amount = (text: string) => ({ quantity: 0, text })

test('the words are the kubelet’s, with the containers that use more than they asked for', () => {
  const hungry = candidate('hungry', { memory: 5 * mebi })
  const due = [
    { signal: 'pid.available', amount: amount('2k'), graceMs: 0 },
    { signal: 'memory.available', amount: amount('100Mi'), graceMs: 0 },
  ] as const
  assert.deepEqual(evictionWords('memory', due, observations, hungry), {
    message:
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 90Mi. ' +
      'Container c was using 5Mi, request is 0, has larger consumption of memory. ',
    annotations: { offending_containers: 'c', offending_containers_usage: '5Mi', starved_resource: 'memory' },
  })
  assert.deepEqual(evictionWords('pids', due, observations, hungry), {
    message: 'The node was low on resource: pids. Threshold quantity: 2k, available: 1k. ',
    annotations: { offending_containers: '', offending_containers_usage: '', starved_resource: 'pids' },
  })
})

test('a container within its request is not blamed; a share is told as what it comes to', () => {
  const modest = candidate('modest', { memory: 5 * mebi }, { requests: { memory: '5Mi' } })
  const due = [{ signal: 'memory.available', amount: { share: 0.25 }, graceMs: 0 }] as const
  assert.deepEqual(evictionWords('memory', due, observations, modest), {
    message: 'The node was low on resource: memory. Threshold quantity: 256Mi, available: 90Mi. ',
    annotations: { offending_containers: '', offending_containers_usage: '', starved_resource: 'memory' },
  })
})

test('disk: a container answers for its layer and its logs, against its ephemeral-storage request', () => {
  const writer = candidate('writer', { rootfs: 3 * mebi, logs: mebi, volume: 9 * mebi }, { requests: { 'ephemeral-storage': '2Mi' } })
  assert.match(
    evictionWords('ephemeral-storage', [], new Map(), writer).message,
    /^The node was low on resource: ephemeral-storage\. Container c was using 4Mi, request is 2Mi, has larger consumption of ephemeral-storage\. $/,
  )
})
