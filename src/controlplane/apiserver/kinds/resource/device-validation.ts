import type * as client from '@kubernetes/client-node'
import { type Environment, environment } from '../../../../cel/environment.ts'
import { compile } from '../../../../cel/program.ts'
import { CompileError } from '../../../../cel/syntax/issues.ts'
import { bool, dyn, mapOf, objectOf, string, typeText } from '../../../../cel/types/types.ts'
import { writeJson } from '../../../../json/exact.ts'
import { type FieldError, invalid, notSupportedInOrder, required, tooLong } from '../../../../kube/validation/field-errors.ts'
import { validateDriverName } from '../../../../kube/validation/formats.ts'
import { validateQualifiedName as validateLabelKey, validateLabelValue, validateName } from '../../../../kube/validation/names.ts'
import type { GivenPart } from '../given.ts'
import { bounded } from './lists.ts'

type Selector = GivenPart<client.V1DeviceSelector>
type Toleration = GivenPart<client.V1DeviceToleration>
type Configuration = { readonly opaque?: GivenPart<client.V1OpaqueDeviceConfiguration> }

// k8s.io/api/resource/v1.
export const mostListed = 32
const longestExpression = 10 * 1024
const longestParameters = 10 * 1024
const longestId = 32

const device = objectOf('kubernetes.DRADevice', {
  driver: string,
  attributes: mapOf(string, mapOf(string, dyn)),
  capacity: mapOf(string, mapOf(string, dyn)),
  allowMultipleAllocations: bool,
})

let deviceExpressions: Environment | undefined

/** The mistakes of how devices are chosen. What was stored is not compiled again. */
export const validateSelectors = (path: string, selectors: readonly Selector[] | undefined, stored = false): FieldError[] =>
  bounded(path, selectors, mostListed, (at, { cel }) => {
    if (!cel) return [required(`${at}.cel`)]
    return stored ? [] : validateExpression(`${at}.cel.expression`, cel.expression ?? '')
  })

function validateExpression(field: string, expression: string): FieldError[] {
  if (Buffer.byteLength(expression) > longestExpression) return [tooLong(field, longestExpression)]
  deviceExpressions ??= environment({ device })
  try {
    const { result } = compile(expression, deviceExpressions)
    return result.kind === 'bool' || result.kind === 'dyn'
      ? []
      : [invalid(field, expression, `must evaluate to bool or the unknown type, not ${typeText(result)}`)]
  } catch (error) {
    if (error instanceof CompileError) return [invalid(field, expression, `compilation failed: ${error.message}`)]
    throw error
  }
}

/** The mistakes of what is told to a driver. */
export function validateConfiguration(at: string, { opaque }: Configuration, stored = false): FieldError[] {
  if (!opaque) return [required(`${at}.opaque`)]
  return [
    ...validateDriverName(`${at}.opaque.driver`, opaque.driver ?? ''),
    ...validateParameters(`${at}.opaque.parameters`, opaque.parameters, longestParameters, stored),
  ]
}

/** An object of somebody else's, in JSON of so many bytes. */
export function validateParameters(field: string, parameters: unknown, longest: number, stored = false): FieldError[] {
  if (parameters === undefined || parameters === null) return [required(field)]
  if (!stored && Buffer.byteLength(writeJson(parameters)) > longest) return [tooLong(field, longest)]
  return typeof parameters === 'object' && !Array.isArray(parameters) ? [] : [invalid(field, '<value omitted>', 'parameters must be a valid JSON object')]
}

const effects = ['NoSchedule', 'NoExecute']

/** The mistakes of a taint of a device. */
export function validateTaint(at: string, { key = '', value, effect }: GivenPart<client.V1DeviceTaint>): FieldError[] {
  return [
    ...validateLabelKey(`${at}.key`, key),
    ...(value ? validateLabelValue(`${at}.value`, value) : []),
    ...(!effect
      ? [required(`${at}.effect`)]
      : ['None', ...effects].includes(effect)
        ? []
        : [notSupportedInOrder(`${at}.effect`, effect, ['NoExecute', 'NoSchedule', 'None'])]),
  ]
}

/** The mistakes of a toleration of such a taint. */
export function validateToleration(at: string, { key, operator, value, effect }: Toleration): FieldError[] {
  const errors = key ? validateLabelKey(`${at}.key`, key) : []
  if (!operator) errors.push(required(`${at}.operator`))
  else if (operator === 'Exists') errors.push(...(value ? [invalid(`${at}.value`, value, 'must be empty for operator `Exists`')] : []))
  else if (operator === 'Equal') errors.push(...validateLabelValue(`${at}.value`, value ?? ''))
  else errors.push(notSupportedInOrder(`${at}.operator`, operator, ['Equal', 'Exists']))
  if (effect && !effects.includes(effect)) errors.push(notSupportedInOrder(`${at}.effect`, effect, ['NoExecute', 'NoSchedule']))
  return errors
}

/** `name` or `domain/name`: of an attribute or a capacity. */
export function validateQualifiedName(field: string, name: string): FieldError[] {
  const parts = name.split('/')
  const [first = '', second = ''] = parts
  if (parts.length === 1) return validateIdentifier(field, first)
  if (parts.length > 2) return [invalid(field, name, 'must not contain more than one slash')]
  return [
    ...(first === '' ? [invalid(field, '', 'the domain must not be empty')] : validateDriverName(field, first)),
    ...(second === '' ? [invalid(field, '', 'the name must not be empty')] : validateIdentifier(field, second)),
  ]
}

/** The same, with a domain. */
export const validateFullyQualified = (field: string, name: string): FieldError[] => [
  ...validateQualifiedName(field, name),
  ...(name.includes('/') ? [] : [invalid(field, name, 'a fully qualified name must be a domain and a name separated by a slash')]),
]

function validateIdentifier(field: string, id: string): FieldError[] {
  const long = id.length > longestId ? [tooLong(field, longestId)] : []
  const why =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')"
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(id) ? long : [...long, invalid(field, id, why)]
}

/** A pool of devices: names between slashes. */
export function validatePoolName(field: string, name: string): FieldError[] {
  if (name === '') return [required(field)]
  const long = name.length > 253 ? [tooLong(field, 253)] : []
  return [...long, ...name.split('/').flatMap((part) => validateName(field, part, 'subdomain'))]
}
