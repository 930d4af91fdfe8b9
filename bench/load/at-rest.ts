import type { NodeHost } from './node-host.ts'
import type { NodesReport } from './nodes-messages.ts'
import type { Progress } from './progress.ts'

/** How long agents' memory and events are given to come to rest. */
const restMs = 60_000
const quietMs = 2_000

/** After its last event is written an agent has nothing left to do: resolves once two seconds pass without a request. */
export async function atRest(host: NodeHost, progress: Progress): Promise<void> {
  const deadline = performance.now() + restMs
  let report = await host.report()
  let calls: number
  await progress.while(
    () => 'letting events be written',
    (async () => {
      do {
        calls = allCalls(report)
        await new Promise((resolve) => setTimeout(resolve, quietMs))
        report = await host.report()
      } while (allCalls(report) > calls && performance.now() < deadline)
    })(),
  )
}

const allCalls = ({ calls }: NodesReport): number => Object.values(calls).reduce((total, times) => total + times, 0)
