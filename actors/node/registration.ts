import { backoffDelay } from '../../src/base/backoff.ts'
import type { Taint } from '../../src/config/agent-config.ts'
import { type KubeClient, KubeError } from '../../src/kube/client.ts'
import { kubeletLabels } from '../../src/kube/node-labels.ts'
import type { Node, NodeStatus } from '../../src/kube/objects.ts'
import { pauseBefore } from '../../src/kube/server-view.ts'
import type { Actor, ActorContext } from '../kernel/types.ts'
import type { NodeView } from './node-view.ts'

export interface RegistrationOptions {
  readonly client: KubeClient
  readonly nodeName: string
  /** False: somebody else makes the Node; it is only looked for. */
  readonly register: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  /** For `spec.providerID` of a new Node. */
  readonly providerId?: string
  readonly status: () => Promise<NodeStatus>
  readonly nodeView: NodeView
  /** Called when the Node is there, again after the API server's store went back to an earlier state. */
  readonly registered: (node: Node) => void
}

/** kubelet 1.36: labels that a Node which is there is given anew. */
const describing: ReadonlySet<string> = new Set(kubeletLabels)
/** kubelet 1.32: 100 ms doubling to 7 s; some jitter, since the nodes of a cluster begin together. */
const retry = { initialMs: 200, maxMs: 6700, jitter: 0.08 }
const attachDetach = 'volumes.kubernetes.io/controller-managed-attach-detach'

/** Brings the Node into being: creates it, or takes over one that exists and sets right its labels and capacity. Tries until it is done. */
export class Registration implements Actor {
  readonly #context: ActorContext
  readonly #options: RegistrationOptions
  #running = false
  #unsubscribe: (() => void) | undefined

  constructor(context: ActorContext, options: RegistrationOptions) {
    this.#context = context
    this.#options = options
  }

  start(): void {
    this.#begin()
    // In an older copy of the store the Node may be missing.
    this.#unsubscribe = this.#options.client.view?.onWentBack(() => this.#begin())
  }

  receive(): void {}

  stop(): void {
    this.#unsubscribe?.()
  }

  #begin(): void {
    if (this.#running) return
    this.#running = true
    void this.#run()
      .catch((error: unknown) => {
        if (!this.#context.signal.aborted) this.#context.fail(error)
      })
      .finally(() => {
        this.#running = false
      })
  }

  async #run(): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      let waitMs = backoffDelay(retry, failures)
      try {
        const node = this.#options.register ? await this.#register() : await this.#options.client.get<Node>(`/api/v1/nodes/${this.#options.nodeName}`)
        if ((node.metadata?.name ?? this.#options.nodeName) !== this.#options.nodeName)
          throw new KubeError('the API server answered with another Node', 0, 'Garbled')
        this.#options.nodeView.node = node
        this.#options.registered(node)
        return
      } catch (error) {
        if (this.#context.signal.aborted) return
        if (!(error instanceof KubeError)) throw error
        waitMs = Math.max(waitMs, error.retryAfterMs ?? 0)
        this.#context.log[failures === 1 ? 'warn' : 'debug']('the node is not registered yet, trying again', { error: error.message })
      }
      await pauseBefore('writes', this.#options.client, this.#context.clock, waitMs, this.#context.signal)
    }
  }

  async #register(): Promise<Node> {
    const { client, nodeName, labels, taints, providerId, status } = this.#options
    const wanted: Node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: nodeName, labels: { ...labels }, annotations: { [attachDetach]: 'true' } },
      spec: { ...(providerId ? { providerID: providerId } : {}), ...(taints.length > 0 ? { taints: taints.map((taint) => ({ ...taint })) } : {}) },
      status: await status(),
    }
    try {
      return await client.create<Node>('/api/v1/nodes', wanted)
    } catch (error) {
      // A node that may not make itself may be there all the same.
      if (!(error instanceof KubeError) || !['AlreadyExists', 'Forbidden'].includes(error.reason)) throw error
      const absent = (other: unknown) => other instanceof KubeError && error.reason === 'Forbidden' && other.reason === 'NotFound'
      return await this.#adopt(wanted).catch((other) => {
        throw absent(other) ? error : other
      })
    }
  }

  /** kubelet, `updateDefaultLabels`: what describes the machine is put right, and the annotation; labels and taints of the configuration are for new Nodes alone. */
  async #adopt(wanted: Node): Promise<Node> {
    const { client, nodeName } = this.#options
    const path = `/api/v1/nodes/${nodeName}`
    let node = await client.get<Node>(path)
    const labels = differing(node.metadata?.labels, wanted.metadata?.labels, describing)
    const annotations = differing(node.metadata?.annotations, wanted.metadata?.annotations, attachDetach)
    if (labels || annotations)
      node = await client.patch<Node>(path, 'application/strategic-merge-patch+json', {
        metadata: { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
      })
    return node
  }
}

type Texts = Readonly<Record<string, string>>

function differing(have: Texts | undefined, want: Texts | undefined, keys: string | ReadonlySet<string>): Record<string, string> | undefined {
  const counts = (key: string) => (typeof keys === 'string' ? key === keys : keys.has(key))
  const entries = Object.entries(want ?? {}).filter(([key, value]) => counts(key) && have?.[key] !== value)
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
