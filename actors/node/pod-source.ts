import type { Clock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { reflect } from '../../src/kube/reflector.ts'
import type { ActorSystem } from '../kernel/types.ts'
import { type DirectorMessage, nodeAddresses } from './messages.ts'

export interface PodSourceOptions {
  readonly client: KubeClient
  readonly nodeName: string
  readonly system: ActorSystem
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** List-watches the pods bound to this node and tells the director. Ends when aborted. */
export function watchPods({ client, nodeName, system, clock, log, signal }: PodSourceOptions): Promise<void> {
  const tell = (message: DirectorMessage) => system.send(nodeAddresses.director, message)
  return reflect<Pod>({
    client,
    path: '/api/v1/pods',
    query: { fieldSelector: `spec.nodeName=${nodeName}` },
    clock,
    log,
    signal,
    store: {
      sync: (pods) => tell({ type: 'PodsListed', pods }),
      upsert: (pod) => tell({ type: 'PodUpserted', pod }),
      remove: (pod) => tell({ type: 'PodGone', uid: podUid(pod.metadata?.uid ?? '') }),
    },
  })
}
