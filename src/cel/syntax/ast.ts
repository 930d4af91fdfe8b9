/** A place in the expression's text: an offset in code points. */
export type Offset = number

/** A constant as it was written. */
export type Literal =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'uint'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'null' }

/** What a comprehension macro does with each element. */
export type FoldKind = 'all' | 'exists' | 'exists_one' | 'map' | 'filter' | 'transformList' | 'transformMap' | 'transformMapEntry'

/** An expression, with macros as nodes of their own. */
export type Expression =
  | { readonly node: 'literal'; readonly at: Offset; readonly literal: Literal }
  | { readonly node: 'ident'; readonly at: Offset; readonly name: string }
  /** `a.b`; with `test` it is `has(a.b)`, with `optional` it is `a.?b`. */
  | {
      readonly node: 'select'
      readonly at: Offset
      readonly operand: Expression
      readonly field: string
      readonly test: boolean
      readonly optional: boolean
    }
  /** A call of an operator (`_+_`), of a function, or of a method of `target`. */
  | { readonly node: 'call'; readonly at: Offset; readonly name: string; readonly target?: Expression; readonly args: readonly Expression[] }
  | { readonly node: 'list'; readonly at: Offset; readonly elements: readonly { readonly value: Expression; readonly optional: boolean }[] }
  | {
      readonly node: 'map'
      readonly at: Offset
      readonly entries: readonly { readonly key: Expression; readonly value: Expression; readonly optional: boolean; readonly at: Offset }[]
    }
  | {
      readonly node: 'struct'
      readonly at: Offset
      readonly type: string
      readonly fields: readonly { readonly name: string; readonly value: Expression; readonly optional: boolean; readonly at: Offset }[]
    }
  | {
      readonly node: 'fold'
      readonly at: Offset
      readonly kind: FoldKind
      readonly range: Expression
      readonly first: string
      /** With two variables: index and element, or key and value. */
      readonly second?: string
      readonly filter?: Expression
      /** The predicate, or what the element becomes. */
      readonly step: Expression
    }
  | { readonly node: 'bind'; readonly at: Offset; readonly name: string; readonly value: Expression; readonly body: Expression }
  /** `optMap` and, when `flat`, `optFlatMap`. */
  | { readonly node: 'optMap'; readonly at: Offset; readonly target: Expression; readonly name: string; readonly body: Expression; readonly flat: boolean }
