import type { Clock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import { type RefusedObject, shown } from '../../src/kube/answers/identity.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { uidOf } from '../../src/kube/ids.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { reflect } from '../../src/kube/reflector.ts'
import type { ActorSystem } from '../kernel/types.ts'
import { type DirectorMessage, type MirrorPodsMessage, nodeAddresses, type RecordEvent } from './messages.ts'
import { podFault } from './pod-fault.ts'
import { isMirror } from './static/mirror-table.ts'

export interface PodSourceOptions {
  readonly client: KubeClient
  readonly nodeName: string
  readonly system: ActorSystem
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Pods of one node that are said to be damaged. */
const mostComplaints = 1000
const sourceAnnotation = 'kubernetes.io/config.source'

/** The kubelet says itself where a pod came from: nobody makes a pod static, and with it critical, by an annotation on the API server. */
function fromApi(pod: Pod): Pod {
  const { annotations } = pod.metadata ?? {}
  if (annotations?.[sourceAnnotation] === undefined) return pod
  return { ...pod, metadata: { ...pod.metadata, annotations: { ...annotations, [sourceAnnotation]: 'api' } } }
}

/** List-watches the pods bound to this node and tells the director; mirrors of static pods are another actor's. Ends when aborted. */
export function watchPods({ client, nodeName, system, clock, log, signal }: PodSourceOptions): Promise<void> {
  const tell = (message: DirectorMessage) => system.send(nodeAddresses.director, message)
  /** The last thing said of each pod that cannot be used, so that each is said once. */
  const complained = new Map<string, string>()
  const complain = ({ identity, why }: RefusedObject) => {
    const { uid, name, namespace } = identity
    if (uid === undefined || name === undefined || namespace === undefined) return
    if (complained.get(uid) === why || complained.size >= mostComplaints) return
    complained.set(uid, why)
    const object = { apiVersion: 'v1', kind: 'Pod', uid, name, namespace }
    // The words of kubelet's event for a pod that does not pass validation.
    const message = `Error validating pod ${shown(identity)} from api, ignoring: ${why.replace(/^[.:] ?/, '')}`
    system.send(nodeAddresses.eventRecorder, { type: 'RecordEvent', object, eventType: 'Warning', reason: 'FailedValidation', message } satisfies RecordEvent)
  }
  const tellMirrors = (message: MirrorPodsMessage) => system.send(nodeAddresses.mirrorPods, message)
  return reflect<Pod>({
    client,
    path: '/api/v1/pods',
    query: { fieldSelector: `spec.nodeName=${nodeName}` },
    clock,
    log,
    signal,
    accept: (pod) => podFault(pod, nodeName),
    onRefused: complain,
    store: {
      sync(pods, refused) {
        tell({ type: 'PodsListed', pods: pods.filter((pod) => !isMirror(pod)).map(fromApi), refused })
        tellMirrors({ type: 'MirrorsListed', pods: pods.filter(isMirror), refused })
      },
      upsert: (pod) => (isMirror(pod) ? tellMirrors({ type: 'MirrorSeen', pod }) : tell({ type: 'PodUpserted', pod: fromApi(pod) })),
      remove: (pod) => (isMirror(pod) ? tellMirrors({ type: 'MirrorGone', pod }) : tell({ type: 'PodGone', uid: uidOf(pod) })),
    },
  })
}
