import { isDeepStrictEqual } from 'node:util'
import type { Logger } from '../../../base/log.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { WebhookCaller } from '../admission/webhook/caller.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { DefinitionIndex } from '../rest/environment.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type Converter, NoneConverter } from './conversion.ts'
import { type CustomResourceDefinition, crdPrefix, isConditionTrue, storageVersionOf } from './custom-resource-definition.ts'
import { Lifetime } from './lifetime.ts'
import { definitionsOf } from './served-definitions.ts'
import { WebhookConverter } from './webhook-converter.ts'

interface Served {
  /** What the definitions were made from: when it changes they are made anew. */
  readonly made: unknown
  readonly lifetime: Lifetime
  readonly converter: Converter
}

/** Serves the custom kinds that are stored: those of the start, and each as soon as it is established, changed or gone. Disposing it ends their watches. */
export class CustomDefinitions implements Disposable {
  readonly #store: ObjectStore
  readonly #index: DefinitionIndex
  readonly #log: Logger
  readonly #served = new Map<string, Served>()
  #caller: WebhookCaller | undefined
  readonly #unsubscribe: () => void

  /** To be made when the store has been loaded. */
  constructor(store: ObjectStore, index: DefinitionIndex, log: Logger) {
    this.#store = store
    this.#index = index
    this.#log = log
    const collection = store.collection(crdPrefix)
    for (const { object } of collection.all.inOrder()) this.#take(object)
    this.#unsubscribe = collection.subscribe({
      onEvent: ({ type, object }) => (type === 'DELETED' ? this.#drop(object.metadata?.name ?? '') : this.#take(object)),
    })
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
    for (const name of [...this.#served.keys()]) this.#drop(name)
    this.#caller?.[Symbol.dispose]()
  }

  #take(object: KubeObject): void {
    const crd = object as CustomResourceDefinition
    const name = crd.metadata?.name ?? ''
    if (!isConditionTrue(crd, 'Established')) return this.#drop(name)
    const made = [crd.spec, crd.status?.acceptedNames, isConditionTrue(crd, 'Terminating')]
    if (isDeepStrictEqual(this.#served.get(name)?.made, made)) return
    const lifetime = new Lifetime()
    const converter = this.#converterOf(crd)
    let definitions: ResourceDefinition[]
    try {
      definitions = definitionsOf(crd, { lifetime, converter })
    } catch (error) {
      this.#log.error('a custom resource definition cannot be served', { name, error: String(error) })
      converter[Symbol.dispose]()
      return this.#drop(name)
    }
    const before = this.#served.get(name)
    this.#served.set(name, { made, lifetime, converter })
    // From here on every change of its objects is seen, so that a watch can begin at any of them.
    for (const { storagePrefix } of definitions) if (storagePrefix) this.#store.collection(storagePrefix)
    this.#index.replace(name, definitions, storageVersionOf(crd.spec)?.name)
    before?.lifetime.end()
    before?.converter[Symbol.dispose]()
  }

  #drop(name: string): void {
    const served = this.#served.get(name)
    if (!served) return
    this.#served.delete(name)
    this.#index.replace(name, [])
    served.lifetime.end()
    served.converter[Symbol.dispose]()
  }

  #converterOf(crd: CustomResourceDefinition): Converter {
    if (crd.spec.conversion?.strategy !== 'Webhook') return new NoneConverter(crd)
    this.#caller ??= new WebhookCaller()
    return new WebhookConverter(crd, { store: this.#store, caller: this.#caller })
  }
}
