import fc from 'fast-check'
import type { FieldType, ModelRef } from '../../src/kube/types/model.ts'
import { modelOf } from '../../src/kube/types/models.ts'

const times = fc.integer({ min: -2_000_000_000, max: 200_000_000_000 }).map((seconds) => new Date(seconds * 1000).toISOString())
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value))
const int32 = fc.integer()
const text = fc.string({ unit: 'grapheme', maxLength: 8 })
const json = fc.constantFrom<unknown>({}, [], { a: [1, 'x', { b: true }] }, 'text', 5, true, { big: 2n ** 60n })
const deepest = 4

/**
 * Any value of a type as Go writes it to JSON: zeros and empty lists that it leaves out are not there, times and quantities are in its form, what is not a
 * pointer is there once it has been read. The depth is bounded, since types hold themselves.
 */
export function anyValue(type: FieldType, depth = 0): fc.Arbitrary<unknown> {
  switch (type.type) {
    case 'string':
      return anyText(type)
    case 'boolean':
      return fc.boolean()
    case 'number':
      if (type.format === 'int32') return int32
      return type.format === 'int64' ? int64 : fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value))
    case 'int-or-string':
      return fc.oneof(int32, text)
    case 'any':
      return anyJson(type.format, depth)
    case 'array':
      return fc.array(anyValue(type.items, depth + 1), { minLength: 1, maxLength: 2 })
    case 'map':
      return fc.dictionary(fc.oneof(text, fc.constant('constructor')), anyValue(type.values, depth + 1), { minKeys: 1, maxKeys: 2 })
    case 'model':
      return depth > deepest ? fc.constant({}) : anyObject(type.model, depth)
  }
}

function anyText({ format, values }: FieldType & { type: 'string' }): fc.Arbitrary<string> {
  switch (format) {
    case 'byte':
      return fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('base64'))
    case 'date-time':
      return times.map((time) => `${time.slice(0, 19)}Z`)
    case 'micro-time':
      return fc.tuple(times, fc.nat(999_999)).map(([time, micros]) => `${time.slice(0, 19)}.${String(micros).padStart(6, '0')}Z`)
    case 'duration':
      return fc.constantFrom('30s', '1m30s', '350ms', '2h0m1.5s')
    case 'quantity':
      return fc.constantFrom('1', '500m', '1Gi', '-5k', '1e3')
    case undefined:
      return values ? fc.constantFrom(...values) : text
  }
}

function anyJson(format: (FieldType & { type: 'any' })['format'], depth: number): fc.Arbitrary<unknown> {
  const schema = anyValue({ type: 'model', model: 'apiextensions/v1.JSONSchemaProps' }, depth + 1)
  switch (format) {
    case 'schemas':
      return fc.oneof(schema, fc.array(schema, { minLength: 1, maxLength: 2 }))
    case 'schema-or-bool':
      return fc.oneof(schema, fc.boolean())
    case 'schema-or-strings':
      return fc.oneof(schema, fc.array(text, { minLength: 1, maxLength: 2 }))
    default:
      return json
  }
}

const isZero = (value: unknown) => value === '' || value === 0 || value === false

/** An object of a type, each field there or not. What an object is, is left to the caller: it is not in its message. */
export function anyObject(model: ModelRef, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const fields = [...modelOf(model).fields].filter(([name, { no }]) => no !== undefined || (name !== 'kind' && name !== 'apiVersion'))
  // Few of many fields, so that a type which holds itself often stays small.
  const some = depth < 2 ? fc.subarray(fields) : fc.subarray(fields, { maxLength: Math.min(4, fields.length) })
  return some.chain((chosen) =>
    fc.record(Object.fromEntries(chosen.map(([name, type]) => [name, anyValue(type, depth + 1)]))).map((object) => {
      for (const [name, { pointer, written, omitZero }] of chosen) {
        const value = (object as Record<string, unknown>)[name]
        const empty = omitZero && typeof value === 'object' && value !== null && Object.keys(value).length === 0
        if (!pointer && !written && (isZero(value) || empty)) delete (object as Record<string, unknown>)[name]
      }
      return object as Record<string, unknown>
    }),
  )
}
