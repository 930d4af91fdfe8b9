import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { KubeConfig, Watch } from '@kubernetes/client-node'
import { type Cluster, startCluster } from '../../src/harness/harness.ts'
import { waitUntil } from '../support/wait-until.ts'

// Of this process alone: others make such directories too.
process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'leaks-'))
after(() => rm(tmpdir(), { recursive: true }))

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'app', image: 'registry/app:1' }] } }

async function useOne(clock: 'manual' | 'system' = 'system'): Promise<void> {
  await using cluster = await startCluster({ clock })
  await cluster.apply(pod)
  await cluster.waitFor('pod/web', 'Ready')
}

/** Open files (sockets among them), threads, what keeps the event loop alive (timers among it), listeners on the process, directories. */
async function held() {
  return {
    files: (await readdir('/proc/self/fd')).length,
    threads: (await readdir('/proc/self/task')).length,
    resources: process
      .getActiveResourcesInfo()
      .filter((resource) => resource !== 'Immediate')
      .sort(),
    listeners: process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`),
    directories: await readdir(tmpdir()),
  }
}

/** Such as of an emitter with too many listeners: the usual sign of a leak. */
const warnings: string[] = []
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`))

async function allClosed(before: Awaited<ReturnType<typeof held>>): Promise<void> {
  await waitUntil('all to be closed', async () => JSON.stringify(await held()) === JSON.stringify(before), {
    timeoutMs: 20_000,
    seen: async () => ({ before, now: await held() }),
  })
  assert.deepEqual(warnings, [])
}

test('a cluster is ready in less than a second', async () => {
  // The first loads what a process needs once.
  await useOne()
  // A loaded machine is late now and then; a cluster that takes longer does so each time.
  const tookMs: number[] = []
  while (tookMs.length < 20 && !tookMs.some((ms) => ms < 1000)) {
    const from = performance.now()
    await using _ = await startCluster()
    tookMs.push(performance.now() - from)
  }
  assert.ok(Math.min(...tookMs) < 1000, `${tookMs.map(Math.round)} ms`)
})

test('a hundred clusters, ten at a time, leave no thread, timer, socket, file or memory behind', async () => {
  await useOne('manual')
  await useOne()
  const before = await held()
  const heap: number[] = []
  for (let ten = 0; ten < 10; ten += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => useOne(index % 2 === 0 ? 'system' : 'manual')))
    collectGarbage()
    heap.push(process.memoryUsage().heapUsed)
  }
  // What compiled code and caches take is there after the first few.
  const [early = 0, late = 0] = [heap[3], heap.at(-1)]
  assert.ok(late < early * 1.1, `${heap.map((bytes) => Math.round(bytes / 2 ** 20))} MiB`)
  await allClosed(before)
})

const befalls: Readonly<Record<string, (cluster: Cluster) => unknown>> = {
  'with a node that is paused': (cluster) => cluster.node(0).pause(),
  'with a node that is cut off': (cluster) => cluster.node(0).partition(),
  'with a node that has crashed': (cluster) => cluster.node(0).crash(),
  'with a node whose agent has crashed alone': (cluster) => cluster.node(0).crash({ containersStay: true }),
  'with a node that was restarted three times': async (cluster) => {
    for (let time = 0; time < 3; time += 1) {
      await cluster.node(0).crash()
      await cluster.node(0).restart()
    }
  },
  'with a pod that hangs at its stop': async (cluster) => {
    cluster.pod('web').behave({ 'hung-stop': true })
    await cluster.delete('pod/web')
  },
  'that was waited for in vain': (cluster) => assert.rejects(cluster.waitFor('pod/none', 'Ready', { timeoutMs: 20 })),
  'that a client still watches': async (cluster) => {
    const config = new KubeConfig()
    config.loadFromString(cluster.kubeconfig())
    await new Watch(config).watch(
      '/api/v1/pods',
      {},
      () => {},
      () => {},
    )
  },
}
for (const [how, befall] of Object.entries(befalls))
  test(`a cluster ${how} can be disposed of as any other`, async () => {
    await useOne()
    const before = await held()
    {
      await using cluster = await startCluster()
      await cluster.apply(pod)
      await cluster.waitFor('pod/web', 'Ready')
      await befall(cluster)
    }
    await allClosed(before)
  })

test('a cluster that does not start leaves nothing behind either', async () => {
  await useOne()
  const before = await held()
  await assert.rejects(startCluster({ nodes: 3, flags: { maxPods: 'many' } }), /--max-pods: "many"/)
  await assert.rejects(startCluster({ nodes: ['same', 'Not A Name'] }))
  await allClosed(before)
})

test('a cluster runs in a worker thread as well, and lets it end', async () => {
  const harness = new URL('../../src/harness/harness.ts', import.meta.url).href
  const code = `
    const { startCluster } = await import(${JSON.stringify(harness)})
    const { parentPort } = await import('node:worker_threads')
    {
      await using cluster = await startCluster()
      await cluster.apply(${JSON.stringify(pod)})
      parentPort.postMessage((await cluster.waitFor('pod/web', 'Ready')).status.phase)
    }
    parentPort.unref()
  `
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`))
  const said: unknown[] = []
  worker.on('message', (message) => said.push(message))
  const exitCode = await new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', resolve)
  })
  assert.deepEqual([exitCode, said], [0, ['Running']])
})
