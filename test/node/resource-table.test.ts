import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResourceTable } from '../../actors/node/resources.ts'
import type { ContainerId } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'

const filesystem = { capacityBytes: 100, availableBytes: 50, usedBytes: 50, inodes: 1, inodesFree: 1, inodesUsed: 0 }
const use = { at: 0, bytes: 50, inodes: 0 }

test('the logs of containers are told where they were measured', () => {
  const table = new ResourceTable()
  const uid = podUid('u')
  const container = (name: string) => ({
    id: name as ContainerId,
    name,
    attempt: 0,
    image: 'i',
    startedAt: 0,
    cgroup: '',
    sample: { at: 0, cpu: {}, memory: {}, io: {}, pids: {} },
  })
  table.pods.set(uid, {
    pod: { uid, name: 'p', namespace: 'ns' },
    containers: [{ ...container('a'), logs: use }, container('b')],
    network: [],
    at: 0,
    volumes: [],
  })
  assert.deepEqual(table.logs(), [{ uid, namespace: 'ns', pod: 'p', container: 'a', bytes: 50 }])
})

test('the claims of pods are those volumes that have one and were measured', () => {
  const table = new ResourceTable()
  const uid = podUid('u')
  const volumes = [
    { name: 'scratch', use, filesystem },
    { name: 'data', use, filesystem, claim: 'data-0' },
    { name: 'away', use, claim: 'data-1' },
  ]
  table.pods.set(uid, { pod: { uid, name: 'p', namespace: 'ns' }, containers: [], network: [], at: 0, volumes })
  assert.deepEqual(table.claims(), [{ namespace: 'ns', claim: 'data-0', filesystem }])
})
