import type { ActorSystem } from '../../actors/kernel/types.ts'
import { Heartbeat, type HeartbeatMetrics } from '../../actors/node/heartbeat.ts'
import { nodeAddresses } from '../../actors/node/messages.ts'
import type { NodeEvents } from '../../actors/node/node-events.ts'
import { nodeLabels } from '../../actors/node/node-status.ts'
import type { NodeView } from '../../actors/node/node-view.ts'
import { Registration } from '../../actors/node/registration.ts'
import type { Logger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { KubeClient } from '../kube/client.ts'
import type { NodeReporter } from './node-reporter.ts'

export interface RegistrationActorsParts {
  readonly config: AgentConfig
  readonly system: ActorSystem
  /** Of its own, so that a lease never waits behind other requests. */
  readonly client: KubeClient
  readonly architecture: string
  readonly reporter: Pick<NodeReporter, 'status'>
  readonly nodeView: NodeView
  readonly nodeEvents: NodeEvents
  readonly log: Logger
  /** The API server knows the node. */
  readonly registered: () => void
}

/** Starts the actor that registers the node and, once that is done, the heartbeat. Answers how to read the heartbeat's metrics, undefined before. */
export function spawnRegistration(parts: RegistrationActorsParts): () => HeartbeatMetrics | undefined {
  const { config, system, client, architecture, reporter, nodeView, nodeEvents, log } = parts
  const { nodeName } = config
  let heartbeat: Heartbeat | undefined
  const beat = () =>
    system.spawnLocal(nodeAddresses.heartbeat, (context) => {
      heartbeat = new Heartbeat(context, {
        client,
        nodeName,
        leaseSeconds: config.nodeLeaseDurationSeconds,
        updateMs: config.nodeStatusUpdateFrequencyMs,
        reportMs: config.nodeStatusReportFrequencyMs,
        nodeView,
        status: (previous) => reporter.status(previous),
        events: nodeEvents,
      })
      return heartbeat
    })
  system.spawnLocal(
    nodeAddresses.registration,
    (context) =>
      new Registration(context, {
        client,
        nodeName,
        register: config.registerNode,
        labels: { ...nodeLabels(nodeName, architecture), ...config.nodeLabels },
        taints: config.registerWithTaints,
        providerId: config.providerId,
        status: () => reporter.status([]),
        nodeView,
        registered: () => {
          log.info('node registered', { node: nodeName })
          if (heartbeat) return
          beat()
          parts.registered()
        },
      }),
  )
  return () => heartbeat?.metrics
}
