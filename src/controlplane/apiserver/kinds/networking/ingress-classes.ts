import type * as client from '@kubernetes/client-node'
import { type FieldError, forbidden, immutable, notSupported, required, tooLong } from '../../../../kube/validation/field-errors.ts'
import { validateDomainPrefixedPath } from '../../../../kube/validation/formats.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'
import { validateReference } from './ingress-validation.ts'

export type IngressClass = Given<client.V1IngressClass>
type Parameters = NonNullable<NonNullable<IngressClass['spec']>['parameters']>

const longestController = 250

function parametersText({ spec }: IngressClass): string {
  const parameters = spec?.parameters
  if (!parameters) return '<none>'
  const { kind = '', apiGroup, name = '' } = parameters
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`
}

/** networking.k8s.io/v1 IngressClass. */
export const ingressClasses = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  resource: 'ingressclasses',
  kind: 'IngressClass',
  namespaced: false,
  generation: bySpec,
  printer: printer<IngressClass>(columns(['Name', 'Controller', 'Parameters', 'Age']), (ingressClass, now) => [
    nameOf(ingressClass),
    ingressClass.spec?.controller ?? '',
    parametersText(ingressClass),
    ageOf(ingressClass, now),
  ]),
  defaults(ingressClass) {
    ingressClass.spec ??= {}
    if (ingressClass.spec.parameters) ingressClass.spec.parameters.scope ??= 'Cluster'
  },
  validate({ spec }) {
    const controller = spec?.controller ?? ''
    const long = controller.length > longestController ? [tooLong('spec.controller', longestController)] : []
    return [...long, ...validateDomainPrefixedPath('spec.controller', controller), ...(spec?.parameters ? validateParameters(spec.parameters) : [])]
  },
  validateUpdate: (next, previous) => immutable('spec.controller', next.spec?.controller, previous.spec?.controller),
})

function validateParameters(parameters: Parameters): FieldError[] {
  const at = 'spec.parameters'
  const errors = validateReference(at, parameters)
  const { scope, namespace } = parameters
  if (scope === undefined) return [...errors, required(`${at}.scope`)]
  switch (scope) {
    case 'Namespace':
      if (namespace === undefined) return [...errors, required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'")]
      return [...errors, ...validateName(`${at}.namespace`, namespace, 'label')]
    case 'Cluster':
      return namespace === undefined ? errors : [...errors, forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'")]
    default:
      return [...errors, notSupported(`${at}.scope`, scope, ['Cluster', 'Namespace'])]
  }
}
