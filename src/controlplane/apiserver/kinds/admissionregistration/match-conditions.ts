import { duplicate, eachOf, type FieldError, required, tooMany } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'

const most = 64

/** A condition in an expression, as a client may have written it. */
export interface MatchConditionLike {
  readonly name?: string
  readonly expression?: string
}

/** Says what is wrong with an expression. */
export type CheckExpression = (field: string, expression: string) => FieldError[]

/** The mistakes of the conditions under which a webhook or a policy is asked. */
export function validateMatchConditions(path: string, conditions: readonly MatchConditionLike[] | undefined, check: CheckExpression): FieldError[] {
  const names = new Set<string>()
  const many = (conditions?.length ?? 0) > most ? [tooMany(path, conditions?.length ?? 0, most)] : []
  return [
    ...many,
    ...eachOf(path, conditions, (at, { name = '', expression = '' }) => {
      const trimmed = expression.trim()
      const errors = trimmed === '' ? [required(`${at}.expression`)] : check(`${at}.expression`, trimmed)
      errors.push(...(name === '' ? [required(`${at}.name`)] : validateQualifiedName(`${at}.name`, name)))
      if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name))
      names.add(name)
      return errors
    }),
  ]
}
