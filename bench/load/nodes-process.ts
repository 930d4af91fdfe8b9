/** The process of nodes: started by the load with its order as argument, told what to do over the channel to its parent. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemClock } from '../../src/base/clock.ts'
import { createLogger } from '../../src/cli/logger.ts'
import { readProfile } from '../../src/engine/simulated/profile.ts'
import { type RunningNode, startNode } from '../../src/harness/harness.ts'
import type { FromNodes, NodesOrder, ToNodes } from './nodes-messages.ts'

const sampleMs = 5
const order = JSON.parse(process.argv[2] ?? '{}') as NodesOrder
const tell = (message: FromNodes) => process.send?.(message)
const log = createLogger({ verbosity: 0, human: false })

// As `podsteward` does.
setFlagsFromString('--external-memory-accounted-in-global-limit')
// `--expose-gc` would let the whole program see it.
setFlagsFromString('--expose-gc')
/** The kind that gives free pages back too: what is resident afterwards is what is needed, not what V8 has not come round to. */
const thoroughly = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const
const collectGarbage = runInNewContext('gc') as (how: typeof thoroughly) => void

const profile = order.profile === undefined ? undefined : readProfile(order.profile)
const nodes: RunningNode[] = []
// Nodes of one process start in groups: each makes a key and asks the API server a few things.
const groupSize = 10
for (let first = 0; first < order.nodes; first += groupSize) {
  const group = Array.from({ length: Math.min(groupSize, order.nodes - first) }, (_, i) => `load-node-${first + i}`)
  nodes.push(
    ...(await Promise.all(
      group.map((name) =>
        startNode({
          kubeconfig: order.kubeconfig,
          name,
          engine: order.engine,
          clock: systemClock,
          log: log.child({ node: name }),
          flags: order.flags,
          profile,
        }),
      ),
    )),
  )
}

const delay = monitorEventLoopDelay({ resolution: sampleMs })
delay.enable()
tell({ type: 'ready', names: nodes.map((node) => node.name) })

process.on('message', (message: ToNodes) => {
  switch (message.type) {
    case 'report': {
      if (message.collect) collectGarbage(thoroughly)
      const beyond = (nanos: number) => Math.max(0, nanos / 1e6 - sampleMs)
      const calls: Record<string, number> = {}
      for (const { agent } of nodes) for (const [what, times] of agent.calls) calls[what] = (calls[what] ?? 0) + times
      tell({
        type: 'report',
        calls,
        delayP99Ms: beyond(delay.percentile(99)),
        delayMaxMs: beyond(delay.max),
        heapUsedKb: Math.round(process.memoryUsage().heapUsed / 1024),
      })
      if (message.reset) delay.reset()
      return
    }
    case 'stop':
      void Promise.allSettled(nodes.map((node) => node[Symbol.asyncDispose]())).then(() => process.disconnect())
  }
})
// A parent that is gone leaves no nodes behind.
process.on('disconnect', () => process.exit(0))
