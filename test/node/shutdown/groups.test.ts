import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endingGroups } from '../../../actors/node/shutdown/groups.ts'
import { resolveAgentConfig } from '../../../src/config/resolve.ts'
import { type ShutdownFields, shutdownGroups } from '../../../src/config/shutdown.ts'
import { aPod } from '../../support/builders.ts'

const pod = (name: string, priority?: number, terminationGracePeriodSeconds?: number) =>
  aPod().withMetadata({ name, uid: name }).with({ priority, terminationGracePeriodSeconds }).build()
const shown = (groups: ReturnType<typeof endingGroups>) =>
  groups.map(({ graceSeconds, pods }) => [graceSeconds, ...pods.map((each) => `${each.pod.metadata?.name} ${each.graceSeconds}`)])

test('pods belong to the last group that their priority reaches, or to the first; a pod’s own grace counts where it is less', () => {
  const groups = [
    { priority: 1000, graceSeconds: 20 },
    { priority: 0, graceSeconds: 60 },
    { priority: 100, graceSeconds: 40 },
  ]
  const pods = [pod('plain', undefined, 30), pod('least', -5), pod('middle', 100, 600), pod('below', 999), pod('top', 1000), pod('beyond', 2_000_000_000, 5)]
  assert.deepEqual(shown(endingGroups(groups, pods)), [
    [60, 'plain 30', 'least 60'],
    [40, 'middle 40', 'below 40'],
    [20, 'top 20', 'beyond 5'],
  ])
})

test('groups without pods are not waited for', () => {
  const groups = [
    { priority: 0, graceSeconds: 60 },
    { priority: 100, graceSeconds: 40 },
  ]
  assert.deepEqual(shown(endingGroups(groups, [pod('top', 100)])), [[40, 'top 40']])
  assert.deepEqual(endingGroups(groups, []), [])
})

test('every pod is in exactly one group, and none ends before one of less priority', () => {
  const priorities = fc.array(fc.integer({ min: -10, max: 10 }), { maxLength: 15 })
  const property = fc.property(fc.uniqueArray(fc.integer({ min: -10, max: 10 }), { minLength: 1, maxLength: 5 }), priorities, (bounds, wanted) => {
    const groups = endingGroups(
      bounds.map((priority) => ({ priority, graceSeconds: 10 })),
      wanted.map((priority, index) => pod(String(index), priority)),
    )
    const order = groups.map(({ pods }) => pods.map(({ pod }) => pod.spec?.priority ?? 0))
    assert.equal(order.flat().length, wanted.length)
    for (const [index, group] of order.entries()) if (index > 0) assert.ok(Math.min(...group) > Math.max(...(order[index - 1] ?? [])))
  })
  fc.assert(property)
})

const fields = (more: Partial<ShutdownFields>): ShutdownFields => ({
  ...{ shutdownGracePeriodMs: 0, shutdownGracePeriodCriticalPodsMs: 0, shutdownGracePeriodByPodPriority: [] },
  ...more,
})

test('shutdownGracePeriod makes two groups, of which critical pods are the second', () => {
  assert.deepEqual(shutdownGroups(fields({ shutdownGracePeriodMs: 30_000, shutdownGracePeriodCriticalPodsMs: 10_000 })), [
    { priority: 0, graceSeconds: 20 },
    { priority: 2_000_000_000, graceSeconds: 10 },
  ])
  assert.deepEqual(shutdownGroups(fields({})), [])
})

for (const [given, complaint] of [
  [{ shutdownGracePeriodMs: 10_000, shutdownGracePeriodCriticalPodsMs: 20_000 }, /^shutdownGracePeriodCriticalPods: is more/],
  [{ shutdownGracePeriodMs: 500 }, /^shutdownGracePeriod: 500ms is too short/],
  [{ shutdownGracePeriodMs: 10_000, shutdownGracePeriodByPodPriority: [{ priority: 0, graceSeconds: 1 }] }, /cannot be set beside shutdownGracePeriod/],
  [
    {
      shutdownGracePeriodByPodPriority: [
        { priority: 0, graceSeconds: 1 },
        { priority: 0, graceSeconds: 2 },
      ],
    },
    /priority 0 is given twice/,
  ],
] as const) {
  test(`refused: ${JSON.stringify(given)}`, () => {
    assert.throws(() => shutdownGroups(fields(given)), { name: 'ConfigError', message: complaint })
  })
}

test('they are read from flags and from the file', () => {
  const config = resolveAgentConfig({ shutdownGracePeriod: '1m', shutdownGracePeriodCriticalPods: '10s' })
  assert.deepEqual([config.shutdownGracePeriodMs, config.shutdownGracePeriodCriticalPodsMs], [60_000, 10_000])
  const byPriority = resolveAgentConfig({}, { shutdownGracePeriodByPodPriority: [{ priority: 5, shutdownGracePeriodSeconds: 7 }] })
  assert.deepEqual(shutdownGroups(byPriority), [{ priority: 5, graceSeconds: 7 }])
})
