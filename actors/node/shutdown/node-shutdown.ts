import { assertNever } from '../../../src/base/assert-never.ts'
import type { ShutdownGroup } from '../../../src/config/shutdown.ts'
import { type PodUid, uidOf } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import type { Actor, ActorContext } from '../../kernel/types.ts'
import { type PodMessage, podAddress } from '../../pod/messages.ts'
import { type NodeShutdownMessage, nodeAddresses } from '../messages.ts'
import type { NodeEvents } from '../node-events.ts'
import type { NodeView } from '../node-view.ts'
import type { PodTable } from '../pod-table.ts'
import { type EndingGroup, endingGroups } from './groups.ts'

export interface NodeShutdownOptions {
  readonly groups: readonly ShutdownGroup[]
  readonly pods: Pick<PodTable, 'all'>
  readonly nodeView: Pick<NodeView, 'setProblem'>
  readonly nodeEvents: Pick<NodeEvents, 'record'>
  /** All pods have ended, or have had their time: the machine may go down. */
  readonly finished: () => void
}

/** When the machine shuts down: tells it of the node, takes no more pods, and ends those that are here, group by group. */
export class NodeShutdown implements Actor<NodeShutdownMessage> {
  readonly #context: ActorContext
  readonly #options: NodeShutdownOptions
  #groups: EndingGroup[] = []
  readonly #ending = new Set<PodUid>()
  #active = false

  constructor(context: ActorContext, options: NodeShutdownOptions) {
    this.#context = context
    this.#options = options
  }

  /** The machine is about to go down: no pod is admitted. */
  get active(): boolean {
    return this.#active
  }

  receive(message: NodeShutdownMessage): void {
    switch (message.type) {
      case 'ShutdownComing':
        return this.#begin()
      case 'ShutdownCancelled':
        return this.#cancel()
      case 'EvictedPodGone':
        if (this.#ending.delete(message.uid) && this.#ending.size === 0) this.#next()
        return
      case 'GroupTimeOver':
        this.#context.log.warn('pods did not end in the time that their priority is given', { uids: [...this.#ending].join(',') })
        this.#next()
        return
      default:
        assertNever(message)
    }
  }

  #begin(): void {
    if (this.#active) return
    const { groups, pods, nodeView, nodeEvents } = this.#options
    this.#active = true
    this.#context.log.info('the machine shuts down: ending all pods')
    nodeEvents.record('Normal', 'Shutdown', 'Shutdown manager detected shutdown event')
    nodeView.setProblem('shutdown', 'node is shutting down')
    this.#groups = [...endingGroups(groups, pods.all().filter(hasNotEnded))]
    this.#next()
  }

  #cancel(): void {
    if (!this.#active) return
    const { nodeView, nodeEvents } = this.#options
    this.#context.log.info('the machine does not shut down after all')
    nodeEvents.record('Normal', 'Shutdown', 'Shutdown manager detected shutdown cancellation')
    this.#context.cancelTimer('group')
    this.#ending.clear()
    this.#groups = []
    this.#active = false
    nodeView.setProblem('shutdown', undefined)
  }

  #next(): void {
    this.#context.cancelTimer('group')
    this.#ending.clear()
    const group = this.#groups.shift()
    if (!group) return this.#options.finished()
    for (const { pod, graceSeconds } of group.pods) {
      const uid = uidOf(pod)
      this.#ending.add(uid)
      this.#context.send(podAddress(uid), {
        type: 'Evict',
        ...words,
        graceSeconds,
        disruption: true,
        reclaim: false,
        informs: nodeAddresses.shutdown,
      } satisfies PodMessage)
    }
    this.#context.after('group', group.graceSeconds * 1000, { type: 'GroupTimeOver' } satisfies NodeShutdownMessage)
  }
}

/** kubelet 1.32. */
const words = { reason: 'Terminated', message: 'Pod was terminated in response to imminent node shutdown.' }

const hasNotEnded = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'
