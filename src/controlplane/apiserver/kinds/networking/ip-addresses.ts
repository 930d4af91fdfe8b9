import type * as client from '@kubernetes/client-node'
import { type FieldError, immutable, required } from '../../../../kube/validation/field-errors.ts'
import { validatePathSegment } from '../../../../kube/validation/formats.ts'
import { validateIp } from '../../../../kube/validation/ip-validation.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'

type IPAddress = Given<client.V1IPAddress>
type Parent = NonNullable<NonNullable<IPAddress['spec']>['parentRef']>

function parentText({ group, resource = '', namespace, name = '' }: Parent = {}): string {
  return [group ? `${resource}.${group}` : resource, ...(namespace ? [namespace] : []), name].filter(Boolean).join('/')
}

/** networking.k8s.io/v1 IPAddress: its name is the address. */
export const ipAddresses = defineKind<IPAddress>({
  group: 'networking.k8s.io',
  resource: 'ipaddresses',
  kind: 'IPAddress',
  namespaced: false,
  shortNames: ['ip'],
  nameRule: 'any',
  printer: printer<IPAddress>(columns(['Name', 'ParentRef', 'Age']), (address, now) => [
    nameOf(address),
    parentText(address.spec?.parentRef),
    ageOf(address, now),
  ]),
  defaults(address) {
    address.spec ??= {}
  },
  // The name is checked once: an update cannot change it.
  validate: ({ metadata, spec }, previous) => [...(previous ? [] : validateIp('metadata.name', metadata?.name ?? '')), ...validateParent(spec?.parentRef)],
  validateUpdate: (next, previous) => immutable('spec.parentRef', next.spec?.parentRef, previous.spec?.parentRef),
})

function validateParent(parent: Parent | undefined): FieldError[] {
  const at = 'spec.parentRef'
  if (!parent) return [required(at)]
  const { group, resource, name, namespace } = parent
  return [
    ...(group ? validateName(`${at}.group`, group, 'subdomain') : []),
    ...(resource ? validatePathSegment(`${at}.resource`, resource) : [required(`${at}.resource`)]),
    ...(name ? validatePathSegment(`${at}.name`, name) : [required(`${at}.name`)]),
    ...(namespace ? validatePathSegment(`${at}.namespace`, namespace) : []),
  ]
}
