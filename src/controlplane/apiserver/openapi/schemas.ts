import type { FieldType, ListKeys, Model } from '../../../kube/types/model.ts'
import { modelOf } from '../../../kube/types/models.ts'
import { descriptionsOf } from './descriptions.ts'
import { leafSchema, schemaName } from './names.ts'

type Json = Record<string, unknown>

/** Schemas of types and of all that they consist of, as one document has them. */
export class SchemaSet {
  readonly schemas: Json = {}
  readonly #version: 'v2' | 'v3'

  constructor(version: 'v2' | 'v3') {
    this.#version = version
  }

  /** Where the schema of a built-in type is, which is put there. */
  refTo(model: string): Json {
    const name = schemaName(model)
    if (!Object.hasOwn(this.schemas, name)) {
      const { own, fields } = descriptionsOf(model)
      const schema: Json = own ? { description: own } : {}
      // Placed before its fields are walked: some types contain themselves.
      this.schemas[name] = schema
      Object.assign(schema, this.#ofModel(modelOf(model), fields))
    }
    return this.named(name)
  }

  /** Says of which kinds a schema is. */
  mark(name: string, kinds: readonly Json[]): void {
    const schema = this.schemas[name] as Json
    schema['x-kubernetes-group-version-kind'] = [...((schema['x-kubernetes-group-version-kind'] as Json[] | undefined) ?? []), ...kinds]
  }

  /** The field that refers to a schema, with what else is said of it. */
  referring(ref: Json, more: Json): Json {
    // A reference has no siblings in OpenAPI v3.
    return this.#version === 'v3' && Object.keys(more).length > 0 ? { ...more, allOf: [ref] } : { ...ref, ...more }
  }

  /** The schema of a type that is a value. */
  ofModel(model: Model): Json {
    return this.#ofModel(model, new Map())
  }

  /** Where a schema of this name is. */
  named(name: string): Json {
    return { $ref: `#/${this.#version === 'v3' ? 'components/schemas' : 'definitions'}/${name}` }
  }

  #ofModel({ fields }: Model, said: ReadonlyMap<string, string>): Json {
    const properties: Json = {}
    const required: string[] = []
    for (const [name, type] of fields) {
      properties[name] = this.#ofField(type, said.get(name))
      if (type.required) required.push(name)
    }
    return { type: 'object', ...(Object.keys(properties).length > 0 && { properties }), ...(required.length > 0 && { required: required.sort() }) }
  }

  #ofField(type: FieldType, description: string | undefined): Json {
    const more: Json = {
      // The library says nothing of a field that is a type of its own: then the type's words stand for it.
      ...describedBy(description ?? this.#wordsOf(type)),
      ...(type.type === 'array' && listExtensions(type.keys)),
      ...((type.type === 'map' || type.type === 'model') && type.atomic && { 'x-kubernetes-map-type': 'atomic' }),
    }
    const given = type.default ?? (type.pointer ? undefined : type.type === 'model' ? {} : type.required ? zeroOf(type) : undefined)
    return this.#ofType(type, given === undefined ? more : { ...more, default: given })
  }

  #ofType(type: FieldType, more: Json): Json {
    const leaf = leafSchema(type)
    if (leaf) {
      this.schemas[leaf.name] ??= this.#version === 'v2' ? { ...(leaf.v2 ?? leaf.v3) } : { ...leaf.v3 }
      return this.referring(this.named(leaf.name), more)
    }
    switch (type.type) {
      case 'model':
        return typeof type.model === 'string' ? this.referring(this.refTo(type.model), more) : { ...this.ofModel(type.model), ...more }
      case 'array':
        return { type: 'array', items: this.#ofItem(type.items), ...more }
      case 'map':
        return { type: 'object', additionalProperties: this.#ofItem(type.values), ...more }
      case 'number':
        return type.format.startsWith('int') ? { type: 'integer', format: type.format, ...more } : { type: 'number', format: type.format, ...more }
      case 'string':
        return { type: 'string', ...(type.format === 'byte' && { format: 'byte' }), ...(type.values && { enum: type.values }), ...more }
      case 'boolean':
        return { type: 'boolean', ...more }
      case 'int-or-string':
      case 'any':
        return { type: 'object', ...more }
    }
  }

  #wordsOf(type: FieldType): string | undefined {
    if (type.type !== 'model' || typeof type.model !== 'string') return undefined
    this.refTo(type.model)
    return (this.schemas[schemaName(type.model)] as { description?: string }).description
  }

  #ofItem(type: FieldType): Json {
    const zero = type.type === 'model' ? {} : zeroOf(type)
    return this.#ofType(type, zero === undefined ? {} : { default: zero })
  }
}

const describedBy = (description: string | undefined): Json => (description ? { description } : {})

/** What a field that must be there has when nothing is said. */
function zeroOf(type: FieldType): unknown {
  if (leafSchema(type)) return undefined
  if (type.type === 'string') return type.format ? undefined : ''
  return type.type === 'number' ? 0 : type.type === 'boolean' ? false : undefined
}

const listExtensions = (keys: ListKeys | undefined): Json => ({
  ...(keys?.listMapKeys && { 'x-kubernetes-list-map-keys': keys.listMapKeys }),
  ...(keys?.listType && { 'x-kubernetes-list-type': keys.listType }),
  ...(keys?.mergeKey && { 'x-kubernetes-patch-merge-key': keys.mergeKey }),
  ...(keys?.strategy && { 'x-kubernetes-patch-strategy': keys.strategy }),
})
