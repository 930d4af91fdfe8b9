import type { Container } from '../objects.ts'
import { eachOf, type FieldError, notSupported, required, tooMany } from './field-errors.ts'

const policies = ['Always', 'Never', 'OnFailure']
const actions = ['Restart', 'RestartAllContainers']
const operators = ['In', 'NotIn']

/** When a container starts again by rules of its own (KEP-5307, KEP-5532), not by the pod's. */
export function validateRestartRules(
  path: string,
  { restartPolicy, restartPolicyRules = [] }: Pick<Container, 'restartPolicy' | 'restartPolicyRules'>,
): FieldError[] {
  const errors: FieldError[] = []
  if (restartPolicy === undefined) {
    if (restartPolicyRules.length > 0) errors.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'))
  } else if (!policies.includes(restartPolicy)) errors.push(notSupported(`${path}.restartPolicy`, restartPolicy, policies))
  if (restartPolicyRules.length > 20) errors.push(tooMany(`${path}.restartPolicyRules`, restartPolicyRules.length, 20))
  errors.push(
    ...eachOf(`${path}.restartPolicyRules`, restartPolicyRules, (at, { action, exitCodes }) => {
      const faults = actions.includes(action) ? [] : [notSupported(`${at}.action`, action ?? '', actions)]
      if (!exitCodes) return [...faults, required(`${at}.exitCodes`, 'must be specified')]
      const { operator = '', values = [] } = exitCodes
      if (!operators.includes(operator)) faults.push(notSupported(`${at}.exitCodes.operator`, operator, operators))
      if (values.length > 255) faults.push(tooMany(`${at}.exitCodes.values`, values.length, 255))
      return faults
    }),
  )
  return errors
}
