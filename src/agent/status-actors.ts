import type { ActorSystem } from '../../actors/kernel/types.ts'
import { isStatic } from '../../actors/node/admission/critical.ts'
import { nodeAddresses } from '../../actors/node/messages.ts'
import type { NodeView } from '../../actors/node/node-view.ts'
import type { PodTable } from '../../actors/node/pod-table.ts'
import { MirrorPods } from '../../actors/node/static/mirror-pods.ts'
import { MirrorTable } from '../../actors/node/static/mirror-table.ts'
import { StatusReporter, type StatusReporterOptions } from '../../actors/node/status-reporter.ts'
import type { KubeClient } from '../kube/client.ts'

/** kubelet's "not started yet" is worth a patch of its own only when starting takes long: most pods cost two patches less. */
const startingHoldMs = 500
/** An address, or an init container that is done, is of little use before the pod runs. */
const startingFurtherHoldMs = 2_000

export interface StatusActorsParts {
  readonly system: ActorSystem
  readonly client: KubeClient
  readonly pods: PodTable
  readonly nodeView: Pick<NodeView, 'node'>
  readonly reported: StatusReporterOptions['reported']
  readonly synced: StatusReporterOptions['synced']
}

/** Starts the actors that tell the API server of pods: their status, and mirror pods for the static ones, whose status goes to the mirror. */
export function spawnStatusActors({ system, client, pods, nodeView, reported, synced }: StatusActorsParts): void {
  const mirrors = new MirrorTable()
  system.spawnLocal(
    nodeAddresses.statusReporter,
    (context) =>
      new StatusReporter(context, {
        client,
        podOf: (uid) => {
          const pod = pods.get(uid)
          return isStatic(pod) ? mirrors.of(uid) : pod
        },
        answered: (uid, status) => pods.expect(uid, status),
        reported,
        synced,
        holdMs: startingHoldMs,
        furtherHoldMs: startingFurtherHoldMs,
      }),
  )
  system.spawnLocal(nodeAddresses.mirrorPods, (context) => new MirrorPods(context, { client, table: mirrors, node: () => nodeView.node }))
}
