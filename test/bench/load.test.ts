import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import type { Figures } from '../../bench/load/figures.ts'
import { halfwayShare, quantiles } from '../../bench/load/figures.ts'
import { ticks } from '../../bench/load/plot.ts'
import { run, spawnAndWait } from '../../src/base/spawn.ts'
import { startCluster } from '../../src/harness/harness.ts'
import { waitUntil } from '../support/wait-until.ts'

const main = resolve(import.meta.dirname, '../../bench/load/main.ts')
let directory = ''
/** As the kernel has them. */
async function childrenOf(pid: number): Promise<number[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean).map(Number)
}
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
  assert.ok(figures.halfReadyShare > 0 && figures.halfReadyShare <= 1)
  assert.ok(figures.agentBaseRssKb > 20_000)
  assert.ok(figures.agentCpuMsPerPod > 0)
  assert.equal(figures.lateLeases, 0)
  assert.equal(typeof figures.nodeThreadDelayP99Ms, 'number')
  assert.equal(typeof figures.idleCpuPercent, 'number')
  assert.equal(typeof figures.agentRssKbPerPod, 'number')
  const report = await readFile(html, 'utf8')
  assert.match(report, /<h1>30 pods on 2 simulated nodes<\/h1>/)
  assert.equal(report.match(/<svg /g)?.length, 4)
  assert.doesNotMatch(report, /NaN|undefined|Infinity/)
})

const refused: [string[], RegExp][] = [
  [['--pods', '0'], /--pods.*'0'.*number from 1 on/],
  [['--pods', '1.5'], /--pods.*'1\.5'.*whole number/],
  [['--podz', '1'], /unknown option '--podz'.*--pods/],
  [['--engine', 'podman'], /simulated, docker/],
  [['--engine', 'docker', '--nodes', '2'], /--engine docker takes --nodes 1/],
  [['--engine', 'docker', '--profile', 'x'], /--profile is for --engine simulated/],
  [['--kubeconfig', '/does/not/exist'], /kubeconfig \/does\/not\/exist does not exist/],
  [['--profile', '/does/not/exist'], /profile \/does\/not\/exist: ENOENT/],
  [['--annotation', 'fast'], /--annotation.*'fast'.*name=value/],
  [['--node-flag', 'max-podz=5'], /--node-flag max-podz=5: podsteward node has no such flag/],
  [['--json', '/does/not/exist.json'], /--json \/does\/not\/exist\.json cannot be written/],
  [['--html', tmpdir()], /--html .* is a directory/],
]
for (const [args, message] of refused)
  test(`load ${args.join(' ')}: one line that says what to mend, before anything is started`, async () => {
    const { exitCode, stdout, stderr } = await spawnAndWait(process.execPath, [main, ...args])
    assert.equal(exitCode, 2, stderr)
    assert.equal(stdout, '')
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
    assert.match(stderr, message)
  })

test('nodes that do not start say why, in a line', async () => {
  const { exitCode, stderr } = await spawnAndWait(process.execPath, [main, '--engine', 'docker', '--docker-endpoint', `unix://${directory}/none.sock`])
  assert.equal(exitCode, 2, stderr)
  assert.match(stderr, /^npm run load: the nodes did not start: EngineError: cannot reach the Docker Engine at unix:.*none\.sock.* \(all of it: \S+\)$/m)
})

test('pods that do not become Ready in time are told of, with what one of them is at', async () => {
  const args = ['--pods', '3', '--timeout', '3', '--annotation', 'simulated.podsteward.io/pull-error=not-found']
  const { exitCode, stderr } = await spawnAndWait(process.execPath, [main, ...args])
  assert.equal(exitCode, 2, stderr)
  assert.match(stderr, /not in time: 3 Pending \w+ \(one of them: .*manifest unknown/)
})

test('a load that is interrupted ends what it started', async () => {
  const child = spawn(process.execPath, [main, '--pods', '5', '--timeout', '150', '--annotation', 'simulated.podsteward.io/start-delay=10m'])
  child.stderr.setEncoding('utf8')
  let said = ''
  for await (const text of child.stderr) {
    said += text
    if (said.includes('nodes ready')) break
  }
  const started = await childrenOf(child.pid ?? 0)
  assert.equal(started.length, 2, 'the API server and the nodes')
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  assert.equal(code, 130)
  for (const pid of started) await waitUntil(`process ${pid} to be gone`, () => !existsSync(`/proc/${pid}`))
})

test('quantiles are of the values at their ranks', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  assert.deepEqual(quantiles(values), { p50: 50, p90: 90, p99: 99, max: 100 })
  assert.deepEqual(quantiles([7]), { p50: 7, p90: 7, p99: 7, max: 7 })
  assert.deepEqual(quantiles([]), { p50: 0, p90: 0, p99: 0, max: 0 })
})

test('half of the pods are Ready at the share of the time at which the one in the middle was', () => {
  assert.equal(halfwayShare([1, 2, 3, 4]), 0.5)
  assert.equal(halfwayShare([1, 2, 10]), 0.2)
  assert.equal(halfwayShare([7]), 1)
  assert.equal(halfwayShare([]), 0)
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
