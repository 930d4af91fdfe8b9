import type { NodeView } from '../../actors/node/node-view.ts'
import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { ContainerEngine } from '../engine/engine.ts'

/** kubelet: containerLogMonitorInterval. */
const intervalMs = 10_000

export interface EngineChoresParts {
  readonly config: Pick<AgentConfig, 'podLogsDirectory' | 'containerLogMaxSizeBytes' | 'containerLogMaxFiles'>
  readonly engine: Pick<ContainerEngine, 'rotateLogs' | 'usePodCidr'>
  readonly nodeView: Pick<NodeView, 'node'>
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** What an engine leaves to its node, where it does: logs that are too long, and to be told the addresses of pods. Ends when aborted; at once where there is nothing to do. */
export async function doEngineChores({ config, engine, nodeView, clock, log, signal }: EngineChoresParts): Promise<void> {
  if (!engine.rotateLogs && !engine.usePodCidr) return
  const rotation = { maxBytes: config.containerLogMaxSizeBytes, maxFiles: config.containerLogMaxFiles }
  let told = ''
  const failed = (what: string) => (error: unknown) => log.warn(what, { cause: error instanceof Error ? error.message : String(error) })
  while (!signal.aborted) {
    await engine.rotateLogs?.(config.podLogsDirectory, rotation).catch(failed('the logs of containers could not be looked at'))
    const cidrs = (nodeView.node?.spec?.podCIDRs ?? []).join(',')
    if (cidrs !== told)
      await engine.usePodCidr?.(cidrs).then(() => {
        told = cidrs
      }, failed('the container engine was not told the addresses of pods'))
    await sleep(clock, intervalMs, signal).catch(() => {})
  }
}
