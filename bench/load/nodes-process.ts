/** The process of nodes: started by the load with its order as argument, told what to do over the channel to its parent. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { assertNever } from '../../src/base/assert-never.ts'
import { createLogger } from '../../src/cli/logger.ts'
import { readProfile } from '../../src/engine/simulated/profile.ts'
import { Adoption } from './adoption.ts'
import { ContainerWatch } from './container-watch.ts'
import { LoadNode } from './load-node.ts'
import type { Adopted, FromNodes, NodesOrder, NodesReport, ToNodes } from './nodes-messages.ts'

/** Each sample wakes the process: every 5 ms that was a third of what it did at rest. */
const sampleMs = 20
const order = JSON.parse(process.argv[2] ?? '{}') as NodesOrder
const tell = (message: FromNodes): void => {
  process.send?.(message)
}
const log = createLogger({ verbosity: 0, human: false })

// As `podsteward` does.
setFlagsFromString('--external-memory-accounted-in-global-limit')
// `--expose-gc` would let the whole program see it.
setFlagsFromString('--expose-gc')
/** The kind that gives free pages back too: what is resident afterwards is what is needed, not what V8 has not come round to. */
const thoroughly = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const
const collectGarbage = runInNewContext('gc') as (how: typeof thoroughly) => void

const profile = order.profile === undefined ? undefined : readProfile(order.profile)
const nodes = Array.from({ length: order.nodes }, (_, i) => `load-node-${i}`).map((name) => new LoadNode(order, name, log.child({ node: name }), profile))
let adoption = order.adopts && new Adoption(order.adopts, 0)
let watches: readonly ContainerWatch[] = []
await startAll()

const delay = monitorEventLoopDelay({ resolution: sampleMs })
delay.enable()
tell({ type: 'ready', names: nodes.map((node) => node.name) })

process.on('message', (message: ToNodes) => void heed(message))
// A parent that is gone leaves no nodes behind.
process.on('disconnect', () => process.exit(0))

async function heed(message: ToNodes): Promise<void> {
  switch (message.type) {
    case 'report':
      return tell({ type: 'report', ...report(message) })
    case 'restart':
      await restart(message.adopts)
      return tell({ type: 'restarted' })
    case 'await-adoption':
      return tell({ type: 'adopted', seconds: (await adoption?.done) ?? 0 })
    case 'count-touched': {
      let containers = 0
      for (const watch of watches) containers += await watch.touched()
      return tell({ type: 'touched', containers })
    }
    case 'stop':
      await Promise.allSettled(nodes.map((node) => node[Symbol.asyncDispose]()))
      return process.disconnect()
    default:
      assertNever(message)
  }
}

function report({ collect, reset, watchDelay }: Extract<ToNodes, { readonly type: 'report' }>): NodesReport {
  if (collect) collectGarbage(thoroughly)
  const beyond = (nanos: number) => Math.max(0, nanos / 1e6 - sampleMs)
  const calls: Record<string, number> = {}
  for (const { agent } of nodes) for (const [what, times] of agent.calls) calls[what] = (calls[what] ?? 0) + times
  const [delayP99Ms, delayMaxMs] = [beyond(delay.percentile(99)), beyond(delay.max)]
  if (reset) delay.reset()
  if (watchDelay === true) delay.enable()
  if (watchDelay === false) delay.disable()
  return { calls, delayP99Ms, delayMaxMs, heapUsedKb: Math.round(process.memoryUsage().heapUsed / 1024) }
}

async function restart(adopts: Adopted): Promise<void> {
  watches = await Promise.all(nodes.flatMap(({ engine }) => (engine ? [ContainerWatch.begin(engine, adopts.namespace)] : [])))
  await Promise.all(nodes.map((node) => node.stop()))
  adoption = new Adoption(adopts, performance.now())
  await startAll()
}

/** Nodes of one process start in groups: each makes a key and asks the API server a few things. */
async function startAll(): Promise<void> {
  const groupSize = 10
  for (let first = 0; first < nodes.length; first += groupSize) await Promise.all(nodes.slice(first, first + groupSize).map((node) => node.start(adoption)))
}
