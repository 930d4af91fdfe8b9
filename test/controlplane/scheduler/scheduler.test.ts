import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../src/base/log.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import type { ApiBackend, BackendEvent } from '../../../src/controlplane/apiserver/rest/backend.ts'
import { Scheduler } from '../../../src/controlplane/scheduler/scheduler.ts'
import type { KubeObject } from '../../../src/kube/objects.ts'

const node = { metadata: { name: 'n1' }, status: { allocatable: { cpu: '1', pods: '10' } } } as unknown as KubeObject
const pod = (name: string, cpu: string, spec = {}) =>
  ({
    metadata: { name, namespace: 'd' },
    spec: { schedulerName: 'default-scheduler', containers: [{ resources: { requests: { cpu } } }], ...spec },
  }) as unknown as KubeObject

/** Runs the scheduler on those pods until it has written `writes` times. */
async function schedule(pods: readonly KubeObject[], writes: number): Promise<string[]> {
  const stopping = new AbortController()
  const written: string[] = []
  const note = (text: string) => {
    written.push(text)
    if (written.length === writes) stopping.abort()
    return Promise.resolve({})
  }
  const backend = {
    async *watch({ resource }: { resource: string }): AsyncGenerator<BackendEvent> {
      for (const object of resource === 'nodes' ? [node] : pods) yield { type: 'ADDED', object }
      await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }))
    },
    createSubresource: (ref: { name: string }, _: string, body: { target: { name: string } }) => note(`bind ${ref.name} to ${body.target.name}`),
    patch: (ref: { name: string }, _: string, body: { status: { conditions: { reason: string }[] } }) =>
      note(`${ref.name} ${body.status.conditions[0]?.reason}`),
    create: (_: unknown, event: { reason: string }) => note(`event ${event.reason}`),
  } as unknown as ApiBackend
  await new Scheduler({ backend, clock: new ManualClock(), log: silentLogger, signal: stopping.signal }).run()
  return written
}

test('a pod that fits is bound, and an event says so', async () => {
  assert.deepEqual(await schedule([pod('a', '500m')], 2), ['bind a to n1', 'event Scheduled'])
})

test('a pod that does not fit is told why', async () => {
  assert.deepEqual(await schedule([pod('big', '4')], 2), ['big Unschedulable', 'event FailedScheduling'])
})

test('a pod of another scheduler is left alone', async () => {
  assert.deepEqual(await schedule([pod('other', '100m', { schedulerName: 'mine' }), pod('a', '100m')], 2), ['bind a to n1', 'event Scheduled'])
})
