import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import type { Figures } from '../../bench/load/figures.ts'
import { quantiles } from '../../bench/load/figures.ts'
import { ticks } from '../../bench/load/plot.ts'
import { run } from '../../src/base/spawn.ts'
import { startCluster } from '../../src/harness/harness.ts'

const main = resolve(import.meta.dirname, '../../bench/load/main.ts')
let directory = ''
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'load-test-'))
})
after(() => rm(directory, { recursive: true }))

test('the load starts pods on several nodes of one process, churns them, and writes what it measured', async () => {
  const json = join(directory, 'figures.json')
  const html = join(directory, 'report.html')
  await run(process.execPath, [
    main,
    '--nodes',
    '2',
    '--pods',
    '15',
    '--probes',
    '1',
    '--idle',
    '1',
    '--churn',
    '5',
    '--churn-seconds',
    '2',
    '--json',
    json,
    '--html',
    html,
  ])
  const figures = JSON.parse(await readFile(json, 'utf8')) as Figures
  assert.equal(figures.pods, 30)
  assert.equal(figures.ready, 30)
  assert.equal(figures.readyAtSeconds.length, 30)
  assert.equal(figures.churn?.replaced, 10)
  assert.ok(figures.churn.startupSeconds.p50 > 0)
  // Each pod's status must be reported, so no run can do with less.
  assert.ok(figures.apiCallsPerPod >= 1, `${figures.apiCallsPerPod} calls a pod`)
  assert.ok(figures.startupSeconds.p50 > 0 && figures.startupSeconds.p50 <= figures.startupSeconds.p99)
  assert.ok(figures.podsPerSecond > 0)
  assert.ok(figures.agentBaseRssKb > 20_000)
  assert.ok(figures.agentCpuMsPerPod > 0)
  assert.equal(figures.lateLeases, 0)
  assert.equal(typeof figures.nodeThreadDelayP99Ms, 'number')
  assert.equal(typeof figures.idleCpuPercent, 'number')
  assert.equal(typeof figures.agentRssKbPerPod, 'number')
  const report = await readFile(html, 'utf8')
  assert.match(report, /<h1>30 pods on 2 simulated nodes<\/h1>/)
  assert.equal(report.match(/<svg /g)?.length, 3)
  assert.doesNotMatch(report, /NaN|undefined|Infinity/)
})

test('quantiles are of the values at their ranks', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  assert.deepEqual(quantiles(values), { p50: 50, p90: 90, p99: 99, max: 100 })
  assert.deepEqual(quantiles([7]), { p50: 7, p90: 7, p99: 7, max: 7 })
  assert.deepEqual(quantiles([]), { p50: 0, p90: 0, p99: 0, max: 0 })
})

test('the ticks of a plot are round and reach beyond what is shown', () => {
  assert.deepEqual(ticks(10), [0, 2, 4, 6, 8, 10])
  assert.deepEqual(ticks(0.7), [0, 0.2, 0.4, 0.6, 0.8])
  assert.deepEqual(ticks(0), [0, 1])
})

test('on somebody’s API server the load leaves nothing behind, and its nodes take nobody’s pods', async () => {
  await using cluster = await startCluster({ nodes: ['theirs'] })
  const kubeconfig = join(directory, 'kubeconfig')
  await writeFile(kubeconfig, cluster.kubeconfig())
  const added = cluster.waitFor(
    'node/load-node-0',
    ({ spec }) => spec?.taints?.some(({ key, effect }) => key === 'podsteward.io/load' && effect === 'NoSchedule') ?? false,
  )
  await Promise.all([added, run(process.execPath, [main, '--pods', '3', '--idle', '0', '--kubeconfig', kubeconfig])])
  await cluster.waitFor('node/load-node-0', 'Deleted')
  const { items } = await cluster.backend.list({ resource: 'pods' })
  assert.deepEqual(items, [])
})
