import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventName } from '../../src/kube/event-name.ts'

test('events of one object in one moment have names of their own, whoever tells and whatever was told before', () => {
  const now = Date.UTC(2026, 0, 1)
  const tellers = ['kubelet node-0', 'kubelet node-1', 'node-controller', 'default-scheduler', 'taint-eviction-controller', 'job-controller']
  const names = tellers.flatMap((teller) => Array.from({ length: 5000 }, (_, number) => eventName('web', teller, number, now)))
  assert.equal(new Set(names).size, names.length)
  assert.match(names[0] ?? '', /^web\.[0-9a-f]{16}$/)
  assert.notEqual(eventName('web', 'kubelet node-0', 1, now), eventName('web', 'kubelet node-0', 1, now + 1))
})
