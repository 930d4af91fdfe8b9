import type { NodeCondition } from '../../src/kube/objects.ts'
import { nodeAddresses, type RecordEvent } from './messages.ts'

type Send = (message: RecordEvent) => void

/** Events about the node itself. Their object's uid is the node's name, as a kubelet's are, so that `kubectl describe node` finds them. */
export class NodeEvents {
  readonly #nodeName: string
  readonly #send: Send

  constructor(nodeName: string, send: (to: typeof nodeAddresses.eventRecorder, message: RecordEvent) => void) {
    this.#nodeName = nodeName
    this.#send = (message) => send(nodeAddresses.eventRecorder, message)
  }

  record(eventType: 'Normal' | 'Warning', reason: string, message: string): void {
    const object = { kind: 'Node', apiVersion: 'v1', name: this.#nodeName, uid: this.#nodeName }
    this.#send({ type: 'RecordEvent', object, eventType, reason, message })
  }

  /** kubelet: the boot id that the API server has is another machine start's. */
  booted(before: string | undefined, now: string | undefined): void {
    if (before && now && before !== now) this.record('Warning', 'Rebooted', `Node ${this.#nodeName} has been rebooted, boot id: ${now}`)
  }

  /** kubelet: somebody cordoned the node, or gave it back. */
  schedulingChanged(unschedulable: boolean): void {
    const reason = unschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable'
    this.record('Normal', reason, `Node ${this.#nodeName} status is now: ${reason}`)
  }

  /** kubelet: "Node n1 status is now: NodeReady", for each condition that changed or is new. */
  conditionsChanged(before: readonly NodeCondition[], now: readonly NodeCondition[]): void {
    for (const condition of now) {
      if (before.find((each) => each.type === condition.type)?.status === condition.status) continue
      const reason = reasonOf(condition)
      if (reason) this.record('Normal', reason, `Node ${this.#nodeName} status is now: ${reason}`)
    }
  }
}

function reasonOf({ type, status }: NodeCondition): string | undefined {
  const yes = status === 'True'
  switch (type) {
    case 'Ready':
      return yes ? 'NodeReady' : 'NodeNotReady'
    case 'MemoryPressure':
      return yes ? 'NodeHasInsufficientMemory' : 'NodeHasSufficientMemory'
    case 'DiskPressure':
      return yes ? 'NodeHasDiskPressure' : 'NodeHasNoDiskPressure'
    case 'PIDPressure':
      return yes ? 'NodeHasInsufficientPID' : 'NodeHasSufficientPID'
    default:
      return undefined
  }
}
