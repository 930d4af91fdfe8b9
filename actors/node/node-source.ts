import type { Clock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import type { Node } from '../../src/kube/objects.ts'
import { reflect } from '../../src/kube/reflector.ts'
import type { NodeEvents } from './node-events.ts'
import type { NodeView } from './node-view.ts'

export interface NodeSourceOptions {
  readonly client: KubeClient
  readonly nodeName: string
  readonly nodeView: NodeView
  readonly events: NodeEvents
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Keeps the view of the Node as the API server has it: labels and taints that others set decide about pods. A deleted Node is remembered as it was. Ends when aborted. */
export function watchNode({ client, nodeName, nodeView, events, clock, log, signal }: NodeSourceOptions): Promise<void> {
  let cordoned: boolean | undefined
  const seen = (node: Node | undefined) => {
    if (!node) return
    nodeView.node = node
    const now = node.spec?.unschedulable ?? false
    if (cordoned !== undefined && cordoned !== now) events.schedulingChanged(now)
    cordoned = now
  }
  const query = { fieldSelector: `metadata.name=${nodeName}` }
  return reflect<Node>({
    client,
    path: '/api/v1/nodes',
    query,
    clock,
    log,
    signal,
    accept: ({ metadata }) => (metadata?.name === nodeName ? undefined : '.metadata.name: is another node'),
    store: { sync: (nodes) => seen(nodes[0]), upsert: seen, remove: () => {} },
  })
}
