import { fieldName } from '../../../../cel/schema/field-name.ts'
import { bool, bytes, type CelType, double, duration, dyn, int, listOf, mapOf, type ObjectField, string, timestamp } from '../../../../cel/types/types.ts'
import type { FieldType, ModelRef } from '../../../../kube/types/model.ts'
import { modelOf } from '../../../../kube/types/models.ts'

/** The type that expressions know an API type by. Fields are looked up when they are first named, so types that hold themselves are no harm. */
export function modelType(ref: ModelRef, name = modelOf(ref).name): CelType {
  let fields: ReadonlyMap<string, ObjectField> | undefined
  return {
    kind: 'object',
    name,
    fields() {
      fields ??= new Map(
        [...modelOf(ref).fields].flatMap(([json, type]): [string, ObjectField][] => {
          const called = fieldName(json)
          return called === undefined ? [] : [[called, { json, type: fieldType(type, `${name}.${json}`) }]]
        }),
      )
      return fields
    },
  }
}

function fieldType(type: FieldType, name: string): CelType {
  switch (type.type) {
    case 'model':
      return modelType(type.model, name)
    case 'array':
      return listOf(fieldType(type.items, `${name}.@idx`))
    case 'map':
      return mapOf(string, fieldType(type.values, `${name}.@elem`))
    case 'string':
      return textType(type.format)
    case 'number':
      return type.format.startsWith('int') ? int : double
    case 'boolean':
      return bool
    case 'int-or-string':
    case 'any':
      return dyn
    default:
      return type satisfies never
  }
}

function textType(format: string | undefined): CelType {
  switch (format) {
    case 'date-time':
    case 'micro-time':
      return timestamp
    case 'duration':
      return duration
    case 'byte':
      return bytes
    case 'quantity':
      return dyn
    default:
      return string
  }
}
