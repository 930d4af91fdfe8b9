import type { KubeObject } from '../../../kube/objects.ts'
import type { CustomResourceDefinition } from './custom-resource-definition.ts'
import { applyDefaults } from './schema/defaulting.ts'
import type { JsonSchema } from './schema/json-schema.ts'
import { prune } from './schema/pruning.ts'

/** Reads what is stored as the schemas of its definition have it now. */
export class StoredReader {
  readonly #schemas: ReadonlyMap<string, JsonSchema | undefined>

  constructor({ spec }: CustomResourceDefinition) {
    this.#schemas = new Map(spec.versions.map(({ name, schema }) => [name, schema?.openAPIV3Schema]))
  }

  /** With the defaults of the version that it is stored in. */
  read(object: KubeObject): KubeObject {
    const version = object.apiVersion?.split('/')[1] ?? ''
    return applyDefaults(this.known(object, version), this.#schemas.get(version)) as KubeObject
  }

  /** Without what a version does not know. */
  known(object: KubeObject, version: string): KubeObject {
    const schema = this.#schemas.get(version)
    return schema ? (prune(object, schema) as KubeObject) : object
  }
}
