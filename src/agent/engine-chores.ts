import type { NodeView } from '../../actors/node/node-view.ts'
import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { ContainerEngine } from '../engine/engine.ts'

/** Where the API server says which addresses the node's pods have is looked at so often: it says it once in a node's life. */
const cidrIntervalMs = 10_000

type LogSettings = 'podLogsDirectory' | 'containerLogMaxSizeBytes' | 'containerLogMaxFiles' | 'containerLogMonitorIntervalMs' | 'containerLogMaxWorkers'

export interface EngineChoresParts {
  readonly config: Pick<AgentConfig, LogSettings>
  readonly engine: Pick<ContainerEngine, 'rotateLogs' | 'usePodCidr'>
  readonly nodeView: Pick<NodeView, 'node'>
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** What an engine leaves to its node, where it does: logs that are too long, and to be told the addresses of pods. Ends when aborted; at once where there is nothing to do. */
export async function doEngineChores(parts: EngineChoresParts): Promise<void> {
  await Promise.all([lookAfterLogs(parts), tellPodCidrs(parts)])
}

/** kubelet: each containerLogMonitorInterval. */
async function lookAfterLogs({ config, engine, clock, log, signal }: EngineChoresParts): Promise<void> {
  const rotation = { maxBytes: config.containerLogMaxSizeBytes, maxFiles: config.containerLogMaxFiles, workers: config.containerLogMaxWorkers }
  while (engine.rotateLogs && !signal.aborted) {
    await engine.rotateLogs(config.podLogsDirectory, rotation).catch(failed(log, 'the logs of containers could not be looked at'))
    await sleep(clock, config.containerLogMonitorIntervalMs, signal).catch(() => {})
  }
}

async function tellPodCidrs({ engine, nodeView, clock, log, signal }: EngineChoresParts): Promise<void> {
  let told = ''
  while (engine.usePodCidr && !signal.aborted) {
    const cidrs = (nodeView.node?.spec?.podCIDRs ?? []).join(',')
    if (cidrs !== told)
      await engine.usePodCidr(cidrs).then(
        () => {
          told = cidrs
        },
        failed(log, 'the container engine was not told the addresses of pods'),
      )
    await sleep(clock, cidrIntervalMs, signal).catch(() => {})
  }
}

const failed = (log: Logger, what: string) => (error: unknown) => log.warn(what, { cause: error instanceof Error ? error.message : String(error) })
