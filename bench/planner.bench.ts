/** What a pod's plan and status cost the worker thread that makes them: each is made anew at every event of the pod. Beside them a structured clone of the same pod, the least that a message about it costs. */
import { Bench } from 'tinybench'
import { initialMemory } from '../actors/pod/memory.ts'
import { plan } from '../actors/pod/plan/plan.ts'
import type { PlanInput } from '../actors/pod/plan/types.ts'
import { podStatus } from '../actors/pod/status/pod-status.ts'
import { podUid } from '../src/kube/ids.ts'
import { anIncarnation, aPod, aSandbox } from '../test/support/builders.ts'

const env = Array.from({ length: 12 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value-${i}` }))
const names = ['a', 'b', 'c']
const pod = names
  .reduce((built, name) => built.withContainer({ name, env, resources: { limits: { cpu: '1', memory: '64Mi' } } }), aPod().withInit({ name: 'init', env }))
  .build()
const memory = { ...initialMemory({ uid: podUid('u-1'), origin: 'api', pod }, 0), volumesMounted: true }
const done = anIncarnation('init', { state: 'exited', exitCode: 0, finishedAt: 1 })
const running = names.map((name) => anIncarnation(name))
const moments: Readonly<Record<string, PlanInput>> = {
  'a new pod': { pod, memory: { ...memory, volumesMounted: false }, now: 1000, observed: { sandboxes: [], containers: [] } },
  'a pod of three containers that all run': { pod, memory, now: 1000, observed: { sandboxes: [aSandbox()], containers: [done, ...running] } },
  'a pod with a container that crashed': {
    pod,
    memory: { ...memory, restartBackoff: { a: { failures: 3, until: 5000 } } },
    now: 1000,
    observed: { sandboxes: [aSandbox()], containers: [done, ...running.slice(1), anIncarnation('a', { state: 'exited', exitCode: 1, finishedAt: 900 })] },
  },
}

export async function run(): Promise<void> {
  for (const [what, input] of Object.entries(moments)) {
    const bench = new Bench({ time: 500, warmupTime: 200 })
    bench.add('structured clone of the pod', () => void structuredClone(pod))
    bench.add('plan', () => void plan(input))
    bench.add('status', () => void podStatus({ ...input, facts: { node: undefined, hostIps: ['192.0.2.1'] }, engineName: 'docker' }))
    await bench.run()
    console.log(`  ${what}`)
    const medians = bench.tasks.map((task) => (task.result.state === 'completed' ? task.result.latency.p50 : 0))
    for (const [i, task] of bench.tasks.entries()) {
      const ratio = i === 0 ? '' : `, ${((medians[i] ?? 0) / (medians[0] ?? 1)).toFixed(2)} of the clone`
      console.log(`    ${task.name.padEnd(28)} ${((medians[i] ?? 0) * 1000).toFixed(1)} µs (median)${ratio}`)
    }
  }
}
