import type { Logger } from '../../base/log.ts'
import type { KubeObject, Node, Pod } from '../../kube/objects.ts'
import type { InformerChange, Informers } from '../controllers/runtime/informer.ts'
import { nodeChanges } from './cluster-events.ts'
import { hasEnded, waitsForNode } from './pod-state.ts'
import type { SchedulingQueue } from './queue/scheduling-queue.ts'
import type { Cluster } from './snapshot/cluster.ts'
import { PodInfo } from './snapshot/pod-info.ts'

export interface ObservedState {
  readonly cluster: Cluster
  readonly queue: SchedulingQueue
  readonly log: Logger
  /** Pods that were placed and are not seen bound yet, by key; what is done for them ends with its signal. */
  readonly assumed: Map<string, AbortController>
  now(): number
}

/** Keeps cluster and queue as the objects are; `wake` is called after every change. Ends with the informers. */
export function observeCluster(informers: Informers, state: ObservedState, wake: () => void): void {
  const follow = <T extends KubeObject>(resource: string, take: (change: InformerChange<T>) => void) =>
    informers.of<T>(resource).onChange((change) => {
      try {
        take(change)
      } catch (error) {
        // Amounts that are none: the object alone is left out.
        state.log.warn('the scheduler cannot read an object', { resource, name: change.object.metadata?.name, error: String(error) })
      }
      wake()
    })
  follow('namespaces', ({ object, gone }) => {
    state.cluster.setNamespace(object, gone)
    state.queue.after({ kind: 'object', resource: 'namespaces' }, state.now())
  })
  follow<Node>('nodes', (change) => onNode(change, state))
  follow<Pod>('pods', (change) => onPod(change, state))
}

function onNode({ object, gone }: InformerChange<Node>, { cluster, queue, now }: ObservedState): void {
  const name = object.metadata?.name ?? ''
  if (gone) return cluster.deleteNode(name)
  const before = cluster.node(name)?.node
  const changed = nodeChanges(before, object)
  cluster.setNode(object)
  const node = cluster.node(name)
  if (changed && node) queue.after({ kind: 'node', now: node, changed }, now())
}

function onPod({ object: pod, gone }: InformerChange<Pod>, state: ObservedState): void {
  const { cluster, queue, assumed, now } = state
  const key = `${pod.metadata?.namespace ?? ''}/${pod.metadata?.name ?? ''}`
  if (gone || hasEnded(pod)) {
    queue.remove(key, now())
    leave(key, state)
    return
  }
  if (pod.spec?.nodeName) {
    queue.remove(key, now())
    const before = cluster.placed(key)
    const info = before ? before.next(pod) : new PodInfo(pod)
    // What a binding changes has been told when the pod was placed.
    const isTold = (assumed.delete(key) && before?.nodeName === info.nodeName) || before?.isLike(info)
    cluster.forgetNomination(key)
    cluster.put(info)
    if (!isTold) queue.after({ kind: 'pod', change: before ? 'updated' : 'added', pod: info, ...(before && { before }) }, now())
    return
  }
  if (assumed.has(key)) {
    const flying = queue.get(key)
    if (pod.metadata?.uid === cluster.placed(key)?.uid) return flying && queue.put(flying.info.next(pod), now())
    leave(key, state)
  }
  if (!waitsForNode(pod)) {
    queue.remove(key, now())
    cluster.forgetNomination(key)
    return
  }
  const known = queue.get(key)
  const info = known ? known.info.next(pod) : new PodInfo(pod)
  cluster.nominate(info, pod.status?.nominatedNodeName)
  queue.put(info, now())
}

/** The pod holds nothing any more, and no room is kept for it. */
function leave(key: string, { cluster, queue, assumed, now }: ObservedState): void {
  assumed.get(key)?.abort(new Error('the pod is gone'))
  assumed.delete(key)
  const isNominated = cluster.forgetNomination(key)
  const pod = cluster.take(key)
  if (pod) queue.after({ kind: 'pod', change: 'gone', pod }, now())
  else if (isNominated) queue.retryAll(now())
}
