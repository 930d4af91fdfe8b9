import { base64Fault } from '../../base/base64.ts'
import type { FieldType, ModelRef, StringFormat } from '../types/model.ts'
import { modelNamed, modelOf } from '../types/models.ts'

/** Says what is wrong with a value, beginning with where (`.spec.containers[0].name: must be a string`); undefined when it fits. */
export type TypeCheck = (value: unknown) => string | undefined

/** Nothing in Kubernetes is nested half as deep; what is would overflow the stack of those who walk over it. */
const deepest = 64
const checks = new Map<string, TypeCheck>()

/**
 * The check of a type of the Kubernetes API by its name (`core/v1.Pod`): every field that the API has must be of its type, however deep.
 * Fields that it does not have are left alone, and null is the same as absent, as for Go's decoder: such fields are taken out of the value.
 * The cost grows with what the value holds, not with what its type may hold. Throws for a name that the API does not have.
 */
export function typeCheck(name: string): TypeCheck {
  if (!modelNamed(name)) throw new Error(`the Kubernetes API has no type ${name}`)
  return modelCheck(name)
}

/** Made when it is first used: a type may hold itself. */
function modelCheck(ref: ModelRef): TypeCheck {
  const known = typeof ref === 'string' ? checks.get(ref) : undefined
  if (known) return known
  let made: TypeCheck | undefined
  const check: TypeCheck = (value) => {
    made ??= fieldsCheck(ref)
    return made(value)
  }
  if (typeof ref === 'string') checks.set(ref, check)
  return check
}

function make(type: FieldType): TypeCheck {
  switch (type.type) {
    case 'array':
      return listOf(make(type.items))
    case 'map':
      return mapOf(make(type.values))
    case 'model':
      return modelCheck(type.model)
    case 'number':
      return numberCheck(type.format)
    case 'string':
      return stringCheck(type.format)
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? undefined : ': must be true or false')
    case 'int-or-string':
      return (value) => (typeof value === 'string' || Number.isInteger(value) ? undefined : ': must be a whole number or a string')
    case 'any':
      return (value) => (isTooDeep(value, deepest) ? ': is nested too deep' : undefined)
  }
}

function stringCheck(format: StringFormat | undefined): TypeCheck {
  if (format === 'byte') return (value) => (typeof value === 'string' && base64Fault(value) === undefined ? undefined : ': must be base64')
  if (format === 'date-time' || format === 'micro-time')
    return (value) => (typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? undefined : ': must be a time (RFC 3339)')
  return (value) => (typeof value === 'string' ? undefined : ': must be a string')
}

function numberCheck(format: string): TypeCheck {
  if (format === 'int32') return (value) => (Number.isInteger(value) && value === Number(value) >> 0 ? undefined : ': must be a whole number of 32 bits')
  if (format === 'int64')
    return (value) => (Number.isInteger(value) || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) ? undefined : ': must be a whole number')
  return (value) => (Number.isFinite(value) ? undefined : ': must be a number')
}

function listOf(check: TypeCheck): TypeCheck {
  return (value) => {
    if (!Array.isArray(value)) return ': must be a list'
    for (let index = 0; index < value.length; index += 1) {
      const wrong = check(value[index])
      if (wrong !== undefined) return `[${index}]${wrong}`
    }
    return undefined
  }
}

function mapOf(check: TypeCheck): TypeCheck {
  return (value) => {
    if (!isRecord(value)) return ': must be a map'
    for (const key of Object.keys(value)) {
      if (value[key] === null) {
        delete value[key]
        continue
      }
      const wrong = check(value[key])
      if (wrong !== undefined) return `[${JSON.stringify(key.slice(0, 100))}]${wrong}`
    }
    return undefined
  }
}

function fieldsCheck(ref: ModelRef): TypeCheck {
  const fields = new Map([...modelOf(ref).fields].map(([name, type]) => [name, make(type)]))
  return (value) => {
    if (!isRecord(value)) return ': must be an object'
    for (const key of Object.keys(value)) {
      const field = value[key]
      const check = fields.get(key)
      if (check === undefined) {
        if (typeof field === 'object' && isTooDeep(field, deepest)) return `.${key.slice(0, 100)}: is nested too deep`
      } else if (field === null) delete value[key]
      else if (field !== undefined) {
        const wrong = check(field)
        if (wrong !== undefined) return `.${key}${wrong}`
      }
    }
    return undefined
  }
}

function isTooDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left === 0) return true
  for (const each of Array.isArray(value) ? value : Object.values(value)) if (typeof each === 'object' && isTooDeep(each, left - 1)) return true
  return false
}

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
