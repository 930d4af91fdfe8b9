import type { Clock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import { mayBe } from '../../src/kube/answers/identity.ts'
import type { KubeClient, KubeError } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/objects.ts'
import { reflect } from '../../src/kube/reflector.ts'
import type { RuntimeHandlerAnswer } from './messages.ts'

/** node.k8s.io/v1, as far as a node reads it. */
type RuntimeClass = KubeObject & { readonly handler: string }

export interface RuntimeClassesOptions {
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

/** The cluster's RuntimeClasses: one watch, begun when the first pod names one. */
export class RuntimeClasses {
  readonly #options: RuntimeClassesOptions
  readonly #handlers = new Map<string, string>()
  #listed: Promise<void> | undefined
  #known = false
  #refusal: KubeError | undefined

  constructor(options: RuntimeClassesOptions) {
    this.#options = options
  }

  /** Resolves when the first list has come, or was refused; begins to watch. */
  listed(): Promise<void> {
    this.#listed ??= this.#watch()
    return this.#listed
  }

  /** What the class's pods are to be run by. */
  handler(name: string): RuntimeHandlerAnswer {
    if (!this.#known) return { found: false, message: `failed to lookup RuntimeClass ${name}: ${this.#refusal?.message ?? 'not listed yet'}` }
    const handler = this.#handlers.get(name)
    // The words of client-go's lister, which kubelet 1.32 passes on.
    return handler === undefined ? { found: false, message: `runtimeclass.node.k8s.io ${JSON.stringify(name)} not found` } : { found: true, handler }
  }

  #watch(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const set = ({ metadata, handler }: RuntimeClass) => this.#handlers.set(metadata?.name ?? '', handler)
    void reflect<RuntimeClass>({
      ...this.#options,
      path: '/apis/node.k8s.io/v1/runtimeclasses',
      accept: ({ metadata, handler }) => (!metadata?.name ? '.metadata.name: is missing' : handler ? undefined : '.handler: is missing'),
      store: {
        sync: (items, refused) => {
          for (const name of this.#handlers.keys()) if (!refused.some((each) => mayBe(each, { name }))) this.#handlers.delete(name)
          for (const item of items) set(item)
          this.#known = true
          resolve()
        },
        upsert: set,
        remove: ({ metadata }) => this.#handlers.delete(metadata?.name ?? ''),
      },
      onError: (error) => {
        this.#refusal = error
        resolve()
      },
    })
    return promise
  }
}
