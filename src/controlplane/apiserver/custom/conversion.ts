import type { KubeObject } from '../../../kube/objects.ts'
import { type CustomResourceDefinition, storageVersionOf } from './custom-resource-definition.ts'
import { StoredReader } from './stored-reader.ts'

/** Between the versions of a custom kind. */
export interface Converter extends Disposable {
  toStorage(object: KubeObject): KubeObject | Promise<KubeObject>
  /** What is stored as a version shows it: with the defaults of the version it was stored in, without what the version does not know. */
  fromStorage(object: KubeObject, version: string): KubeObject
  /** To be awaited before what is stored is read, where that is needed. Throws a `KubeError`. */
  settle?(version: string): Promise<void>
}

/** Conversion `None`: another version is another name, and what its schema knows. What was read once is kept as long as the object is. */
export class NoneConverter implements Converter {
  readonly #group: string
  readonly #storageVersion: string
  readonly #reader: StoredReader
  readonly #read = new Map<string, WeakMap<KubeObject, KubeObject>>()

  constructor(crd: CustomResourceDefinition) {
    this.#group = crd.spec.group
    this.#storageVersion = storageVersionOf(crd.spec)?.name ?? ''
    this.#reader = new StoredReader(crd)
  }

  toStorage(object: KubeObject): KubeObject {
    const apiVersion = `${this.#group}/${this.#storageVersion}`
    return object.apiVersion === apiVersion ? object : { ...object, apiVersion }
  }

  fromStorage(object: KubeObject, version: string): KubeObject {
    const kept = this.#read.get(version) ?? new WeakMap<KubeObject, KubeObject>()
    this.#read.set(version, kept)
    const found = kept.get(object)
    if (found) return found
    const made = this.#asVersion(object, version)
    kept.set(object, made)
    return made
  }

  [Symbol.dispose](): void {}

  #asVersion(object: KubeObject, version: string): KubeObject {
    const filled = this.#reader.read(object)
    const apiVersion = `${this.#group}/${version}`
    return filled.apiVersion === apiVersion ? filled : this.#reader.known({ ...filled, apiVersion }, version)
  }
}
