import type { Node } from '../../../kube/objects.ts'
import type { NodeCaller } from '../node/node-caller.ts'

/** CPU and memory in use, as a node's `/stats/summary` says it; a first sample has no rate of CPU yet. */
interface Usage {
  readonly cpu?: { readonly time: string; readonly usageNanoCores?: number }
  readonly memory?: { readonly time: string; readonly workingSetBytes?: number }
}

/** What is read of `/stats/summary?only_cpu_and_memory=true` (k8s.io/kubelet/pkg/apis/stats/v1alpha1). */
export interface NodeSummary {
  readonly node: Usage
  readonly pods?: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string }
    readonly containers?: readonly (Usage & { readonly name: string })[]
  }[]
}

// metrics-server 0.7: --kubelet-request-timeout is 10 s.
const timeoutMs = 10_000
/** Of 100,000 containers it is some 50 MB. */
const largestSummary = 64 << 20
const nodesAtOnce = 16

/** Reads the nodes' own summaries, a few at a time; readers of one node at one time share the answer. */
export class SummaryReader {
  readonly #caller: NodeCaller
  readonly #underWay = new Map<string, Promise<NodeSummary | undefined>>()

  constructor(caller: NodeCaller) {
    this.#caller = caller
  }

  /** Whether a node is asked. */
  get busy(): boolean {
    return this.#underWay.size > 0
  }

  /** By node name. Nodes that do not answer are left out, as metrics-server does. */
  async readAll(nodes: readonly Node[]): Promise<ReadonlyMap<string, NodeSummary>> {
    const found = new Map<string, NodeSummary>()
    const left = nodes.values()
    const worker = async () => {
      for (const node of left) {
        const summary = await this.#shared(node)
        if (summary) found.set(nameOf(node), summary)
      }
    }
    await Promise.all(Array.from({ length: Math.min(nodesAtOnce, nodes.length) }, worker))
    return found
  }

  #shared(node: Node): Promise<NodeSummary | undefined> {
    const name = nameOf(node)
    const before = this.#underWay.get(name)
    if (before) return before
    const reading = this.#read(node)
      .catch(() => undefined)
      .finally(() => this.#underWay.delete(name))
    this.#underWay.set(name, reading)
    return reading
  }

  async #read(node: Node): Promise<NodeSummary | undefined> {
    // Its agent is silent: it would only be waited for.
    if (node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'Unknown')) return undefined
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await this.#caller.call({ node, method: 'GET', path: '/stats/summary?only_cpu_and_memory=true', signal })
    if (answer.statusCode !== 200) {
      answer.destroy()
      return undefined
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > largestSummary) return undefined
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString()) as NodeSummary
  }
}

const nameOf = ({ metadata }: Node) => metadata?.name ?? ''
