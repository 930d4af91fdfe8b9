import type { KubeObject } from '../../../kube/objects.ts'
import { type CustomResourceDefinition, storageVersionOf } from './custom-resource-definition.ts'
import { applyDefaults } from './schema/defaulting.ts'
import type { JsonSchema } from './schema/json-schema.ts'
import { prune } from './schema/pruning.ts'

/** Between the versions of a custom kind. */
export interface Converter {
  toStorage(object: KubeObject): KubeObject
  /** What is stored as a version shows it: with the defaults of the version it was stored in, without what the version does not know. */
  fromStorage(object: KubeObject, version: string): KubeObject
}

/** Conversion `None`: another version is another name, and what its schema knows. What was read once is kept as long as the object is. */
export class NoneConverter implements Converter {
  readonly #group: string
  readonly #storageVersion: string
  readonly #schemas: ReadonlyMap<string, JsonSchema | undefined>
  readonly #read = new Map<string, WeakMap<KubeObject, KubeObject>>()

  constructor({ spec }: CustomResourceDefinition) {
    this.#group = spec.group
    this.#storageVersion = storageVersionOf(spec)?.name ?? ''
    this.#schemas = new Map(spec.versions.map(({ name, schema }) => [name, schema?.openAPIV3Schema]))
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

  #asVersion(object: KubeObject, version: string): KubeObject {
    const storedIn = object.apiVersion?.split('/')[1] ?? ''
    const filled = this.readStored(object, storedIn)
    if (storedIn === version) return filled
    return known({ ...filled, apiVersion: `${this.#group}/${version}` }, this.#schemas.get(version))
  }

  /** As the schema of the version it is stored in has it now. */
  protected readStored(object: KubeObject, storedIn: string): KubeObject {
    const schema = this.#schemas.get(storedIn)
    return applyDefaults(known(object, schema), schema) as KubeObject
  }
}

const known = (object: KubeObject, schema: JsonSchema | undefined) => (schema ? (prune(object, schema) as KubeObject) : object)
