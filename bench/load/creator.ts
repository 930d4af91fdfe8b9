import type { KubeClient } from '../../src/kube/client.ts'
import type { LoadOptions } from './options.ts'
import { loadPod } from './pod-manifest.ts'
import type { Tracker } from './tracker.ts'

export interface CreatorParts {
  readonly client: KubeClient
  readonly namespace: string
  readonly run: string
  readonly nodes: readonly string[]
  readonly options: LoadOptions
  readonly tracker: Tracker
}

/** Creates and replaces the pods of a run: as fast as the API server takes them, or at a rate. */
export class Creator {
  readonly names: string[] = []
  readonly #parts: CreatorParts
  readonly #path: string
  #number = 0

  constructor(parts: CreatorParts) {
    this.#parts = parts
    this.#path = `/api/v1/namespaces/${parts.namespace}/pods`
  }

  get created(): number {
    return this.names.length
  }

  createAll(total: number): Promise<void> {
    return this.#paced(total, this.#parts.options.rate, () => this.#createOne())
  }

  /** Deletes the oldest pods one by one, each time with a new one beside. */
  replace(total: number, rate: number): Promise<void> {
    let oldest = 0
    return this.#paced(total, rate, async () => {
      const victim = this.names[oldest++]
      await Promise.all([this.#createOne(), this.#parts.client.delete(`${this.#path}/${victim}`)])
    })
  }

  async #createOne(): Promise<void> {
    const { client, run, nodes, options, tracker } = this.#parts
    const number = this.#number++
    const name = `p${number}`
    await client.create(this.#path, loadPod(run, name, nodes[number % nodes.length] ?? '', options))
    tracker.created(name)
    this.names.push(name)
  }

  /** `parallel` at once; with a rate, each not before its time. */
  async #paced(total: number, rate: number, once: () => Promise<void>): Promise<void> {
    const from = performance.now()
    let next = 0
    const worker = async () => {
      while (next < total) {
        const dueMs = rate > 0 ? from + (next / rate) * 1000 - performance.now() : 0
        next += 1
        if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs))
        await once()
      }
    }
    await Promise.all(Array.from({ length: Math.min(this.#parts.options.parallel, total) }, worker))
  }
}
