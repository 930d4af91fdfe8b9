import type { AgentConfig } from '../../src/config/agent-config.ts'
import type { LinuxResources } from '../../src/engine/settings.ts'
import type { Node, Pod } from '../../src/kube/objects.ts'
import { type Amounts, amountsOf, podRequests } from '../../src/kube/pod-requests.ts'
import { qosClass } from '../../src/kube/qos.ts'
import type { Actor, ActorContext } from '../kernel/types.ts'
import { cpuShares } from '../pod/container-config/resources.ts'
import type { QosCgroupsMessage } from './messages.ts'

export interface QosCgroupsOptions {
  readonly config: Pick<AgentConfig, 'cgroupRoot' | 'enforceNodeAllocatable' | 'kubeReserved' | 'systemReserved'>
  readonly pods: () => Iterable<Pod>
  readonly node: () => Node | undefined
  /** Makes a cgroup with these limits, as `applyCgroup`. */
  readonly apply: (path: string, limits: LinuxResources) => Promise<void>
}

/** kubelet 1.32: the cgroups of the classes are looked at each minute; here also soon after pods came or went. */
const periodMs = 60_000
const soonMs = 1_000

/**
 * The cgroups above the pods' own: `kubepods` gets what the node does not keep for itself, `burstable` CPU by what its pods ask for, `besteffort` the least there is,
 * so that many pods without requests do not starve those with.
 */
export class QosCgroups implements Actor<QosCgroupsMessage> {
  readonly #context: ActorContext
  readonly #options: QosCgroupsOptions
  #soon = false
  #told = false
  #written = new Map<string, string>()

  constructor(context: ActorContext, options: QosCgroupsOptions) {
    this.#context = context
    this.#options = options
  }

  start(): void {
    this.#later(0)
  }

  async receive(message: QosCgroupsMessage): Promise<void> {
    if (message.type === 'PodsChanged') {
      if (!this.#soon) this.#later(soonMs)
      this.#soon = true
      return
    }
    this.#soon = false
    this.#later(periodMs)
    const { config, node, apply } = this.#options
    for (const [path, limits] of qosLimits(config, node(), this.#options.pods())) {
      const text = JSON.stringify(limits)
      if (this.#written.get(path) === text) continue
      try {
        await apply(path, limits)
        this.#written.set(path, text)
      } catch (error) {
        if (!this.#told)
          this.#context.log.warn('the QoS classes get no cgroup limits', { cgroup: path, error: error instanceof Error ? error.message : String(error) })
        this.#told = true
      }
    }
  }

  #later(delayMs: number): void {
    const update: QosCgroupsMessage = { type: 'UpdateQosCgroups' }
    this.#context.after('update', delayMs, update)
  }
}

/** The limits of each cgroup above the pods', parents first. Nothing while the node is not known. */
export function qosLimits(config: QosCgroupsOptions['config'], node: Node | undefined, pods: Iterable<Pod>): Map<string, LinuxResources> {
  if (!node) return new Map()
  const top = `${config.cgroupRoot === '/' ? '' : config.cgroupRoot.replace(/\/$/, '')}/kubepods`
  let burstable = 0
  for (const pod of pods) {
    const ended = pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded'
    if (!ended && qosClass(pod) === 'Burstable') burstable += requested(pod)
  }
  return new Map([
    ...(config.enforceNodeAllocatable ? [[top, allocatable(config, amountsOf(node.status?.capacity))] as const] : []),
    [`${top}/burstable`, { cpuShares: cpuShares(burstable) }],
    [`${top}/besteffort`, { cpuShares: cpuShares(0) }],
  ])
}

/** kubelet 1.32, getNodeAllocatableInternalAbsolute: the eviction threshold is not kept from pods here, or they would be killed before they can be evicted. */
function allocatable({ kubeReserved, systemReserved }: QosCgroupsOptions['config'], capacity: Amounts): LinuxResources {
  const left = (name: string) => Math.max(0, (capacity.get(name) ?? 0) - (amountsOf(kubeReserved).get(name) ?? 0) - (amountsOf(systemReserved).get(name) ?? 0))
  const memory = left('memory')
  return { cpuShares: cpuShares(left('cpu')), ...(memory > 0 ? { memoryLimitBytes: memory } : {}) }
}

/** Requests that cannot be read are told of at admission. */
function requested(pod: Pod): number {
  try {
    return podRequests(pod).get('cpu') ?? 0
  } catch {
    return 0
  }
}
