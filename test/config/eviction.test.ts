import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EvictionFields, evictionThresholds } from '../../src/config/eviction.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'

const thresholds = (fields: Partial<EvictionFields>) =>
  evictionThresholds({ evictionHard: {}, evictionSoft: {}, evictionSoftGracePeriod: {}, evictionMinimumReclaim: {}, ...fields })

test('quantities and percentages become thresholds; 0% and 100% turn one off', () => {
  assert.deepEqual(thresholds({ evictionHard: { 'nodefs.available': '10%', 'pid.available': '1k', 'imagefs.available': '0%', 'nodefs.inodesFree': '100%' } }), [
    { signal: 'nodefs.available', amount: { share: 0.1 }, graceMs: 0 },
    { signal: 'pid.available', amount: { quantity: 1000, text: '1k' }, graceMs: 0 },
  ])
})

test('soft thresholds stand beside hard ones of the same signal, with their grace; a minimum reclaim goes to both', () => {
  const fields = {
    evictionHard: { 'nodefs.available': '1Gi' },
    evictionSoft: { 'nodefs.available': '20%' },
    evictionSoftGracePeriod: { 'nodefs.available': '1m30s' },
    evictionMinimumReclaim: { 'nodefs.available': '500Mi' },
  }
  const minReclaim = { quantity: 500 * 1024 ** 2, text: '500Mi' }
  assert.deepEqual(thresholds(fields), [
    { signal: 'nodefs.available', amount: { quantity: 1024 ** 3, text: '1Gi' }, graceMs: 0, minReclaim },
    { signal: 'nodefs.available', amount: { share: 0.2 }, graceMs: 90_000, minReclaim },
  ])
})

test('a hard threshold of memory holds for what pods may use together, too', () => {
  const amount = { quantity: 100 * 1024 ** 2, text: '100Mi' }
  assert.deepEqual(thresholds({ evictionHard: { 'memory.available': '100Mi' } }), [
    { signal: 'memory.available', amount, graceMs: 0 },
    { signal: 'allocatableMemory.available', amount, graceMs: 0 },
  ])
})

test('containerfs signals are taken and have no thresholds of their own', () => {
  assert.deepEqual(thresholds({ evictionHard: { 'containerfs.available': '10%' } }), [])
})

for (const [fields, complaint] of [
  [{ evictionHard: { 'memory.free': '1Gi' } }, /^evictionHard: "memory\.free" is not a signal; use memory\.available, /],
  [{ evictionHard: { 'memory.available': 'much' } }, /^evictionHard: memory\.available: "much" is no amount; give a quantity such as 100Mi/],
  [{ evictionHard: { 'memory.available': '-1Gi' } }, /no amount/],
  [{ evictionHard: { 'memory.available': '101%' } }, /more than all/],
  [{ evictionSoft: { 'memory.available': '1Gi' } }, /^evictionSoft: memory\.available has no grace period/],
  [{ evictionSoft: { 'memory.available': '1Gi' }, evictionSoftGracePeriod: { 'memory.available': '5' } }, /"5" is not a duration/],
  [{ evictionSoftGracePeriod: { nodefs: '5s' } }, /^evictionSoftGracePeriod: "nodefs" is not a signal/],
  [{ evictionMinimumReclaim: { 'nodefs.free': '5Mi' } }, /^evictionMinimumReclaim: /],
] as const) {
  test(`refused: ${JSON.stringify(fields)}`, () => {
    assert.throws(() => thresholds(fields), { name: 'ConfigError', message: complaint })
  })
}

test('flags of the kubelet set them, and a bad one is told at the start', () => {
  const config = resolveAgentConfig({
    evictionSoft: 'memory.available<1Gi,nodefs.available<10%',
    evictionSoftGracePeriod: 'memory.available=1m,nodefs.available=2m',
    evictionMinimumReclaim: 'nodefs.available=1Gi',
    evictionMaxPodGracePeriod: '60',
    evictionPressureTransitionPeriod: '30s',
  })
  assert.deepEqual(config.evictionSoftGracePeriod, { 'memory.available': '1m', 'nodefs.available': '2m' })
  assert.deepEqual([config.evictionMaxPodGracePeriodSeconds, config.evictionPressureTransitionPeriodMs], [60, 30_000])
  assert.throws(() => resolveAgentConfig({ evictionSoft: 'memory.available<1Gi' }), /has no grace period/)
})
