import type { Container } from '../objects.ts'
import { validateKeySelector } from './config-key-validation.ts'
import { fieldsOfEnv, validateFieldRef, validateResourceFieldRef } from './downward-validation.ts'
import { eachOf, type FieldError, invalid, required } from './field-errors.ts'
import { validateName } from './names.ts'
import { validateLocalPath } from './path-validation.ts'

type Variable = NonNullable<Container['env']>[number]
type Source = NonNullable<Container['envFrom']>[number]

// KEP-4369: any printable ASCII but "=".
const namePattern = /^[ -<>-~]+$/
const nameWords = "a valid environment variable name must consist only of printable ASCII characters other than '='"

const validateVariableName = (field: string, name: string): FieldError[] => (namePattern.test(name) ? [] : [invalid(field, name, nameWords)])

/** The variables of a container's environment. */
export const validateEnv = (path: string, variables: Container['env']): FieldError[] =>
  eachOf(path, variables, (at, variable) => [
    ...(variable.name ? validateVariableName(`${at}.name`, variable.name) : [required(`${at}.name`)]),
    ...validateValueFrom(`${at}.valueFrom`, variable),
  ])

function validateValueFrom(path: string, { value, valueFrom }: Variable): FieldError[] {
  if (!valueFrom) return []
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  const errors: FieldError[] = []
  if (fieldRef) errors.push(...validateFieldRef(`${path}.fieldRef`, fieldRef, fieldsOfEnv))
  if (resourceFieldRef) errors.push(...validateResourceFieldRef(`${path}.resourceFieldRef`, resourceFieldRef))
  if (configMapKeyRef) errors.push(...validateKeySelector(`${path}.configMapKeyRef`, configMapKeyRef))
  if (secretKeyRef) errors.push(...validateKeySelector(`${path}.secretKeyRef`, secretKeyRef))
  if (fileKeyRef) errors.push(...validateFileKeyRef(`${path}.fileKeyRef`, fileKeyRef))
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length
  if (sources === 0) errors.push(invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'))
  else if (value) errors.push(invalid(path, '', 'may not be specified when `value` is not empty'))
  else if (sources > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'))
  return errors
}

function validateFileKeyRef(path: string, { key, path: file, volumeName }: NonNullable<NonNullable<Variable['valueFrom']>['fileKeyRef']>): FieldError[] {
  return [
    ...(key ? validateVariableName(`${path}.key`, key) : [required(`${path}.key`)]),
    ...(volumeName ? validateName(`${path}.volumeName`, volumeName, 'label') : [required(`${path}.volumeName`)]),
    ...(file ? validateLocalPath(`${path}.path`, file) : [required(`${path}.path`)]),
  ]
}

/** Whole Secrets and ConfigMaps of which variables are made. */
export const validateEnvFrom = (path: string, sources: Container['envFrom']): FieldError[] =>
  eachOf(path, sources, (at, { prefix, configMapRef, secretRef }: Source) => {
    const named = [
      ['configMapRef', configMapRef],
      ['secretRef', secretRef],
    ] as const
    const errors = prefix ? validateVariableName(`${at}.prefix`, prefix) : []
    for (const [kind, ref] of named)
      if (ref) errors.push(...(ref.name ? validateName(`${at}.${kind}.name`, ref.name, 'subdomain') : [required(`${at}.${kind}.name`)]))
    // Of the list, not of its item: so upstream has it.
    if (!configMapRef && !secretRef) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'))
    else if (configMapRef && secretRef) errors.push(invalid(path, '', 'may not have more than one field specified at a time'))
    return errors
  })
