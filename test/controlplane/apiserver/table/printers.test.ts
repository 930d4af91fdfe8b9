import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds } from '../../../../src/controlplane/apiserver/kinds/registry.ts'
import { humanDuration } from '../../../../src/controlplane/apiserver/table/ages.ts'
import { genericPrinter } from '../../../../src/controlplane/apiserver/table/generic.ts'
import { asTable } from '../../../../src/controlplane/apiserver/table/table.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { recorded } from '../../recording.ts'

test('a table of pods is the one that a real API server prints', () => {
  const { body } = recorded('list, table').response
  const pod = recorded('get').response.body as KubeObject
  const now = Date.parse(pod.metadata?.creationTimestamp ?? '')
  const table = asTable(printerOf('pods'), [pod], { metadata: { resourceVersion: '9523' }, includeObject: 'Metadata', now })
  assert.deepEqual(table, body)
})

test('the columns of nodes are the real ones', () => {
  const { body } = recorded('nodes, table').response
  assert.deepEqual(printerOf('nodes').columns, (body as { columnDefinitions: unknown }).columnDefinitions)
})

const printerOf = (resource: string) => kinds.find((kind) => kind.resource === resource)?.printer ?? genericPrinter
const running = { ready: true, restartCount: 0, state: { running: {} } }
const status = (pod: unknown) =>
  printerOf('pods')
    .cells({ metadata: { name: 'p' }, ...(pod as object) } as KubeObject, Date.parse('2026-01-01T00:00:20Z'))
    .slice(1, 4)
const spec = { containers: [{ name: 'c' }] }

test('a pod that restarts in a loop shows it, with the time of the last restart', () => {
  const waiting = { waiting: { reason: 'CrashLoopBackOff' } }
  const lastState = { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:00:10Z' } }
  assert.deepEqual(
    status({ spec, status: { phase: 'Running', containerStatuses: [{ name: 'c', ready: false, restartCount: 2, state: waiting, lastState }] } }),
    ['0/1', 'CrashLoopBackOff', '2 (10s ago)'],
  )
})

test('init containers show how many are done', () => {
  const initContainers = [{ name: 'i' }, { name: 'j' }]
  const initContainerStatuses = [
    { name: 'i', restartCount: 0, state: { terminated: { exitCode: 0 } } },
    { name: 'j', restartCount: 0, state: { running: {} } },
  ]
  assert.equal(status({ spec: { ...spec, initContainers }, status: { phase: 'Pending', initContainerStatuses } })[1], 'Init:1/2')
})

test('a pod being deleted is Terminating', () => {
  assert.deepEqual(
    status({ metadata: { name: 'p', deletionTimestamp: 'x' }, spec, status: { phase: 'Running', containerStatuses: [{ name: 'c', ...running }] } }),
    ['1/1', 'Terminating', '0'],
  )
})

test('ages have two units at most', () => {
  const second = 1000
  assert.equal(humanDuration(119 * second), '119s')
  assert.equal(humanDuration(125 * second), '2m5s')
  assert.equal(humanDuration(3 * 3600 * second), '3h')
  assert.equal(humanDuration(49 * 3600 * second), '2d1h')
})
