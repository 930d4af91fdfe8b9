/** How the items of a list are told apart when two lists are merged. */
export interface ListKeys {
  /** For strategic merge patches: the field that names an item; none for sets of scalars. */
  readonly mergeKey?: string
  readonly strategy?: 'merge' | 'merge,retainKeys' | 'retainKeys'
  /** For server-side apply: `map` with keys, or `set`. A list named nowhere is atomic. */
  readonly listType?: 'map' | 'set' | 'atomic'
  readonly listMapKeys?: readonly string[]
}

/** What is known of a field beside its type. Of the types of custom resources, and of items of lists and maps, nothing of it is. */
interface FieldFacts {
  /** The field's number in protobuf. */
  readonly no?: number
  /** Go's pointer: that it is there is told apart from its zero. */
  readonly pointer?: boolean
  /** Written to JSON though it be zero: without `omitempty`. */
  readonly written?: boolean
  /** A struct that is left out when it is empty: `omitzero`. */
  readonly omitZero?: boolean
  /** Named in the schema's `required`. */
  readonly required?: boolean
  readonly default?: unknown
}

type Shape =
  /** `go`: the named type that Go has for it (`v1.Protocol`), `values` all that it may be. */
  | { readonly type: 'string'; readonly format?: StringFormat; readonly go?: string; readonly values?: readonly string[] }
  | { readonly type: 'boolean' | 'int-or-string' }
  | { readonly type: 'any'; readonly format?: AnyFormat }
  | { readonly type: 'number'; readonly format: string }
  /** `atomic`: it has one owner as a whole (`x-kubernetes-map-type`). */
  | { readonly type: 'model'; readonly model: ModelRef; readonly atomic?: boolean }
  /** Without keys the list is atomic. `boxed`: in protobuf it is a message of its own that has the items as field 1. */
  | { readonly type: 'array'; readonly items: FieldType; readonly keys?: ListKeys; readonly boxed?: boolean }
  | { readonly type: 'map'; readonly values: FieldType; readonly atomic?: boolean }

/** The type of a field. */
export type FieldType = Shape & FieldFacts

export type StringFormat = 'byte' | 'date-time' | 'micro-time' | 'duration' | 'quantity'

/** JSON whose form is not told by a type: as it is (`raw`, `fields`, `json`), or one of the choices of a JSON schema. */
export type AnyFormat = 'raw' | 'fields' | 'json' | 'schemas' | 'schema-or-bool' | 'schema-or-strings'

/** A type with its fields, by their names in JSON. It is data: it may cross threads. */
export interface Model {
  /** As messages name it: `Pod`. */
  readonly name: string
  readonly fields: ReadonlyMap<string, FieldType>
  /** Messages within this one whose fields stand among its own in JSON. */
  readonly inlined?: readonly { readonly no: number; readonly model: ModelRef }[]
}

/** A built-in type by its name (`core/v1.Pod`), or one that a custom resource brings. */
export type ModelRef = string | Model
