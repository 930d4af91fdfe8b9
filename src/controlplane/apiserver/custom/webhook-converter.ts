import { writeJson } from '../../../json/exact.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { addressOf, NoAddress, unreachable, type WebhookAddress } from '../admission/webhook/address.ts'
import type { WebhookCaller } from '../admission/webhook/caller.ts'
import { unknownFailure } from '../rest/status-errors.ts'
import type { CollectionEvent } from '../storage/collection.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Converter } from './conversion.ts'
import { conversionReview, gvk, readConversion, restored } from './conversion-review.ts'
import { type CustomResourceDefinition, storageVersionOf, type WebhookClientConfig } from './custom-resource-definition.ts'
import { StoredReader } from './stored-reader.ts'

// A write that never comes to be stored leaves what was converted for it: only so many are kept.
const mostExpected = 256
// kube-apiserver asks for a list in one review; a review is bounded by what is read of an answer.
const atOnce = 100
const timeoutSeconds = 30

type Versions = Map<string, KubeObject>

export interface WebhookConverterOptions {
  readonly store: ObjectStore
  readonly caller: WebhookCaller
}

/**
 * Conversion by a webhook. What is written is converted to every served version before it is stored, so that those who watch see it at once; what was stored before
 * is converted when somebody first asks for its version (`settle`). Each object is converted once.
 */
export class WebhookConverter implements Converter {
  readonly #crd: CustomResourceDefinition
  readonly #options: WebhookConverterOptions
  readonly #reader: StoredReader
  readonly #storageVersion: string
  readonly #served: readonly string[]
  readonly #made = new WeakMap<KubeObject, Versions>()
  /** By the text of what is about to be stored. */
  readonly #expected = new Map<string, Versions>()
  /** Objects by their id in the store that are not yet in every version. */
  readonly #missing = new Map<string, KubeObject>()
  readonly #unsubscribe: () => void

  constructor(crd: CustomResourceDefinition, options: WebhookConverterOptions) {
    const { spec } = crd
    this.#crd = crd
    this.#options = options
    this.#reader = new StoredReader(crd)
    this.#storageVersion = storageVersionOf(spec)?.name ?? ''
    this.#served = spec.versions.filter(({ served }) => served).map(({ name }) => name)
    const collection = options.store.collection(`${spec.group}/${spec.names.plural}`)
    for (const { id, object } of collection.all.inOrder()) this.#missing.set(id, object)
    this.#unsubscribe = collection.subscribe({ onEvent: (event) => this.#took(event) })
  }

  async toStorage(object: KubeObject): Promise<KubeObject> {
    const [stored = object] = await this.#convert([object], this.#storageVersion)
    const versions: Versions = new Map([[versionOf(object), object]])
    for (const version of this.#served) {
      if (versions.has(version)) continue
      // That it can be shown otherwise is not needed to store it: who asks for that is told.
      const [made] = await this.#convert([stored], version).catch(() => [])
      if (made) versions.set(version, made)
    }
    this.#made.set(stored, versions)
    this.#expected.set(textOf(stored), versions)
    if (this.#expected.size > mostExpected) this.#expected.delete(this.#expected.keys().next().value ?? '')
    return stored
  }

  fromStorage(object: KubeObject, version: string): KubeObject {
    const made = this.#made.get(object)?.get(version)
    if (made) return made
    const read = this.#reader.read(object)
    return versionOf(read) === version ? read : { ...read, apiVersion: this.#apiVersion(version) }
  }

  /** Converts what is there and is not yet in this version. Throws the failure of the webhook. */
  async settle(version: string): Promise<void> {
    const waiting = [...this.#missing].filter(([, object]) => !this.#made.get(object)?.has(version) && versionOf(object) !== version)
    for (let at = 0; at < waiting.length; at += atOnce) {
      const part = waiting.slice(at, at + atOnce)
      const read = part.map(([, object]) => this.#reader.read(object))
      // One review is of objects of one version.
      for (const from of new Set(read.map(versionOf))) {
        const chosen = part.filter((_, index) => versionOf(read[index] as KubeObject) === from)
        const converted = await this.#convert(
          read.filter((object) => versionOf(object) === from),
          version,
        )
        for (const [index, [id, object]] of chosen.entries()) this.#keep(id, object, version, converted[index] as KubeObject)
      }
    }
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }

  #keep(id: string, object: KubeObject, version: string, made: KubeObject): void {
    const versions = this.#made.get(object) ?? new Map<string, KubeObject>()
    this.#made.set(object, versions.set(version, made))
    if (this.#served.every((each) => versions.has(each) || versionOf(object) === each) && this.#missing.get(id) === object) this.#missing.delete(id)
  }

  /** The object of an event is what was written, with its new version. */
  #took({ type, object, previous }: CollectionEvent): void {
    const { namespace, name = '' } = object.metadata ?? {}
    const id = namespace ? `${namespace}/${name}` : name
    const text = textOf(object)
    const versions = this.#expected.get(text) ?? (type === 'DELETED' && previous ? this.#made.get(previous) : undefined)
    this.#expected.delete(text)
    this.#missing.delete(id)
    const made: Versions = new Map()
    for (const [version, each] of versions ?? [])
      made.set(version, { ...each, metadata: { ...each.metadata, resourceVersion: object.metadata?.resourceVersion } })
    this.#made.set(object, made)
    if (type !== 'DELETED' && this.#served.some((each) => !made.has(each) && versionOf(object) !== each)) this.#missing.set(id, object)
  }

  #apiVersion(version: string): string {
    return `${this.#crd.spec.group}/${version}`
  }

  async #convert(objects: readonly KubeObject[], version: string): Promise<readonly KubeObject[]> {
    const [first] = objects
    if (!first || versionOf(first) === version) return objects
    const apiVersion = this.#apiVersion(version)
    const subject = gvk(first.apiVersion ?? '', first.kind ?? '')
    const failed = (why: string) => unknownFailure(`conversion webhook for ${subject} ${why}`)
    let converted: readonly unknown[]
    try {
      converted = await this.#ask(objects, apiVersion)
    } catch (error) {
      throw failed(`failed: ${(error as Error).message}`)
    }
    if (converted.length !== objects.length) throw failed(`returned ${converted.length} objects, expected ${objects.length}`)
    return objects.map((object, index) => {
      try {
        return this.#reader.known(restored(converted[index], object, apiVersion), version)
      } catch (error) {
        throw failed(`returned invalid converted object at index ${index}: ${(error as Error).message}`)
      }
    })
  }

  async #ask(objects: readonly KubeObject[], apiVersion: string): Promise<readonly unknown[]> {
    const { conversion = { strategy: 'None' } } = this.#crd.spec
    const review = conversionReview(conversion, apiVersion, objects)
    if (!review) throw new Error('no supported conversion review versions')
    const { clientConfig = {} } = conversion.webhook ?? {}
    const ca = clientConfig.caBundle ? { ca: Buffer.from(clientConfig.caBundle, 'base64').toString() } : {}
    return readConversion(await this.#options.caller.call({ address: this.#address(clientConfig), ...ca, timeoutSeconds, body: review.body }), review)
  }

  #address(clientConfig: WebhookClientConfig): WebhookAddress {
    try {
      return addressOf(clientConfig, this.#options)
    } catch (error) {
      throw error instanceof NoAddress ? new Error(unreachable(clientConfig, timeoutSeconds, error)) : error
    }
  }
}

const versionOf = ({ apiVersion = '' }: KubeObject): string => apiVersion.slice(apiVersion.indexOf('/') + 1)

/** What is stored of an object: all but its version in the store. */
function textOf({ metadata, ...rest }: KubeObject): string {
  const { resourceVersion: _, ...kept } = metadata ?? {}
  return writeJson({ ...rest, metadata: kept })
}
