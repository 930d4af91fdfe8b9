/** Messages a second through the central mailbox to actors on another thread, beside raw postMessage batches of the same payload with the same acknowledgement. */
import { Worker } from 'node:worker_threads'
import { Bench } from 'tinybench'
import { createActorSystem } from '../actors/kernel/actor-system.ts'
import { address, type Message } from '../actors/kernel/types.ts'
import { systemClock } from '../src/base/clock.ts'
import { silentLogger } from '../src/base/log.ts'

const count = 2000
const batchSize = 100
const actors = 50

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', uid: '5d0c3c1e-8f43-4a6e-8d57-1f0f4c1b6a11', labels: { app: 'a' }, annotations: { note: 'x'.repeat(1200) } },
  spec: {
    nodeName: 'n',
    containers: ['a', 'b'].map((name) => ({
      name,
      image: 'registry/app:1',
      env: Array.from({ length: 12 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value-${i}` })),
      resources: { limits: { cpu: '1', memory: '64Mi' } },
    })),
  },
  status: {
    phase: 'Running',
    conditions: ['Ready', 'Initialized', 'ContainersReady', 'PodScheduled'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })),
  },
}

const payloads: Record<string, Message> = {
  [`a pod of ${(JSON.stringify(pod).length / 1000).toFixed(1)} kB`]: { type: 'PodChanged', pod } as Message,
  'a small message': { type: 'EngineChanged', id: 'c0ffee', change: 'started' } as Message,
}

export async function run(): Promise<void> {
  await using system = await createActorSystem({
    threads: 1,
    rosterModule: new URL('./support/roster.ts', import.meta.url),
    clock: systemClock,
    log: silentLogger,
  })
  const addresses = Array.from({ length: actors }, (_, i) => address(`counter/${i}`))
  for (const at of addresses) system.spawn({ address: at, kind: 'counter', props: null })
  const raw = new Worker(new URL('./support/raw-worker.ts', import.meta.url))

  for (const [what, message] of Object.entries(payloads)) {
    // Distinct objects: a clone writes a repeated one only once, which no real traffic does.
    const messages = Array.from({ length: count }, () => structuredClone(message))
    const bench = new Bench({ time: 3000, warmupTime: 500 })
    bench.add('raw postMessage in batches', () => rawBatches(raw, messages))
    bench.add('central mailbox', async () => {
      for (const [i, each] of messages.entries()) system.send(addresses[i % actors] ?? address(''), each)
      // The last in each actor's queue: all before it were handled.
      await Promise.all(addresses.map((at) => system.ask(at, { type: 'Count' }, { timeoutMs: 30_000 })))
    })
    await bench.run()
    const perSecond = bench.tasks.map((task) => (task.result.state === 'completed' ? (1000 / task.result.latency.p50) * count : 0))
    console.log(`  ${what}`)
    for (const [i, task] of bench.tasks.entries())
      console.log(`    ${task.name.padEnd(28)} ${Math.round(perSecond[i] ?? 0).toLocaleString('en')} messages/s (median)`)
    console.log(`    ratio ${((perSecond[1] ?? 0) / (perSecond[0] ?? 1)).toFixed(2)} (wanted: 0.5 or more)`)
  }
  await raw.terminate()
}

function rawBatches(worker: Worker, messages: readonly Message[]): Promise<void> {
  return new Promise((resolve) => {
    let acknowledged = 0
    const onAck = (size: number) => {
      acknowledged += size
      if (acknowledged < count) return
      worker.off('message', onAck)
      resolve()
    }
    worker.on('message', onAck)
    for (let i = 0; i < count; i += batchSize)
      worker.postMessage(messages.slice(i, i + batchSize).map((message, n) => ({ to: `counter/${n % actors}`, message })))
  })
}
