import type { Clock } from '../../../src/base/clock.ts'
import type { Logger } from '../../../src/base/log.ts'
import type { AgentConfig } from '../../../src/config/agent-config.ts'
import type { ContainerEngine } from '../../../src/engine/engine.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import type { ActorSystem } from '../../kernel/types.ts'
import { type DirectorMessage, nodeAddresses, type StaticSource } from '../messages.ts'
import { watchManifestFiles } from './file-source.ts'
import { findStaticPods, NotedUids } from './found-static-pods.ts'
import { pollManifestUrl } from './http-source.ts'

/** The sources of static pods that the configuration names. */
export function staticSources({ staticPodPath, staticPodUrl }: AgentConfig): StaticSource[] {
  return [...(staticPodPath ? (['file'] as const) : []), ...(staticPodUrl ? (['http'] as const) : [])]
}

interface StaticTools {
  readonly system: ActorSystem
  /** Where an agent before may have left static pods running; absent: nowhere. */
  readonly engine?: Pick<ContainerEngine, 'listPods' | 'podState'> | undefined
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Reads static pods and tells the director. Needs no API server. Ends when aborted. */
export async function watchStaticPods(config: AgentConfig, { system, engine, ...rest }: StaticTools): Promise<void> {
  const { nodeName, staticPodPath, staticPodUrl } = config
  const tell = (source: StaticSource) => (pods: readonly Pod[]) => {
    const message: DirectorMessage = { type: 'StaticPods', source, pods }
    system.send(nodeAddresses.director, message)
  }
  const found = engine && staticPodPath ? await findStaticPods(engine, nodeName, { ...rest, noted: new NotedUids(config.rootDirectory, rest.log) }) : undefined
  if (rest.signal.aborted) return
  await Promise.all([
    staticPodPath && watchManifestFiles({ ...rest, path: staticPodPath, found, nodeName, checkMs: config.fileCheckFrequencyMs, tell: tell('file') }),
    staticPodUrl &&
      pollManifestUrl({
        ...rest,
        url: staticPodUrl,
        headers: config.staticPodUrlHeaders,
        nodeName,
        checkMs: config.httpCheckFrequencyMs,
        tell: tell('http'),
      }),
  ])
}
