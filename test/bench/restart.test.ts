import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import type { PodStatusReport } from '../../actors/pod/messages.ts'
import { Adoption } from '../../bench/load/adoption.ts'
import { ContainerWatch } from '../../bench/load/container-watch.ts'
import type { Figures } from '../../bench/load/figures.ts'
import { run } from '../../src/base/spawn.ts'
import type { SimulatedEngine } from '../../src/engine/simulated/simulated-engine.ts'
import { type Cluster, startCluster } from '../../src/harness/harness.ts'
import { podUid } from '../../src/kube/ids.ts'

const main = resolve(import.meta.dirname, '../../bench/load/main.ts')
let directory = ''
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'load-restart-test-'))
})
after(() => rm(directory, { recursive: true }))

test('a load with --restart says how soon its new agents had adopted all pods, and that no container was touched', async () => {
  const json = join(directory, 'figures.json')
  const html = join(directory, 'report.html')
  const { stdout } = await run(process.execPath, [
    main,
    ...['--nodes', '2', '--pods', '10', '--probes', '1', '--idle', '0', '--churn', '5', '--churn-seconds', '1', '--restart'],
    ...['--json', json, '--html', html],
  ])
  const { restart } = JSON.parse(await readFile(json, 'utf8')) as Figures
  assert.ok(restart && restart.adoptedSeconds > 0)
  assert.deepEqual({ ...restart, adoptedSeconds: 0 }, { adoptedSeconds: 0, pods: 20, containersTouched: 0, podsUnready: 0 })
  assert.match(stdout, /^agent started again +20 pods adopted in [\d.]+ s, 0 containers touched, 0 pods unready meanwhile$/m)
  assert.match(await readFile(html, 'utf8'), /<b>[\d.]+ s<\/b>to adopt 20 pods after a restart/)
})

const report = (uid: string, ready: 'True' | 'False', namespace = 'load'): PodStatusReport => ({
  type: 'PodStatusReport',
  uid: podUid(uid),
  namespace,
  name: uid,
  origin: 'api',
  status: { conditions: [{ type: 'Ready', status: ready }] },
  cleanedUp: false,
})

test('pods are adopted once each of them was said to be Ready; what is said twice, of pods that are not Ready or of others does not count', async () => {
  const adoption = new Adoption({ namespace: 'load', pods: 2 }, performance.now())
  let done = false
  const finished = adoption.done.then((seconds) => {
    done = true
    return seconds
  })
  for (const each of [report('a', 'True'), report('a', 'True'), report('b', 'False'), report('c', 'True', 'other')]) adoption.heard(each)
  await new Promise(setImmediate)
  assert.equal(done, false)
  adoption.heard(report('b', 'True'))
  assert.ok((await finished) >= 0)
})

const pod = (name: string, namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: { containers: [{ name: 'app', image: 'app:1' }] },
})

/** A Ready pod in each of two namespaces. */
async function startPods(cluster: Cluster): Promise<void> {
  for (const [name, namespace] of [
    ['ours', 'load'],
    ['theirs', 'other'],
  ] as const) {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await cluster.waitFor('serviceaccount/default', () => true, { namespace })
    await cluster.apply(pod(name, namespace))
    await cluster.waitFor(`pod/${name}`, 'Ready', { namespace })
  }
}

const touches: [string, number, (engine: SimulatedEngine) => unknown][] = [
  ['nothing', 0, () => {}],
  ['an exit', 1, (engine) => engine.containerOf({ namespace: 'load', name: 'ours' }, 'app').exit(0)],
  [
    'new limits, of which no event tells',
    1,
    (engine) => engine.updateResources(engine.containerOf({ namespace: 'load', name: 'ours' }, 'app').id, { memoryLimitBytes: 1 << 20 }),
  ],
  ['an exit in another namespace', 0, (engine) => engine.containerOf({ namespace: 'other', name: 'theirs' }, 'app').exit(0)],
]
for (const [what, expected, touch] of touches)
  test(`a watch of a namespace's containers counts ${expected} of them after ${what}`, async () => {
    await using cluster = await startCluster()
    await startPods(cluster)
    const { engine } = cluster.node(0)
    // Nobody repairs it.
    await cluster.node(0).crash({ containersStay: true })
    await using watch = await ContainerWatch.begin(engine, 'load')
    await touch(engine)
    assert.equal(await watch.touched(), expected)
  })

test("a watch of a namespace's containers counts the container and the sandbox of a pod that was removed", async () => {
  await using cluster = await startCluster()
  await startPods(cluster)
  await using watch = await ContainerWatch.begin(cluster.node(0).engine, 'load')
  await cluster.delete('pod/ours', { namespace: 'load' })
  await cluster.waitFor('pod/ours', 'Deleted', { namespace: 'load' })
  assert.equal(await watch.touched(), 2)
})
