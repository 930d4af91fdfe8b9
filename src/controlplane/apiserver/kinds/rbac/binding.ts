import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import { validatePathSegment } from '../../../../kube/validation/formats.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import type { Given, GivenPart } from '../given.ts'

/** What RoleBinding and ClusterRoleBinding have in common. */
export type Binding = Given<client.V1RoleBinding>
type Subject = GivenPart<client.RbacV1Subject>

const group = 'rbac.authorization.k8s.io'

/** Whose role it is and whose the subjects are is of this group unless said. */
export function bindingDefaults(binding: Binding): void {
  if (binding.roleRef) binding.roleRef.apiGroup ||= group
  for (const subject of binding.subjects ?? []) if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= group
}

/** The mistakes of a binding to one of these kinds of roles. */
export function validateBinding({ roleRef = {}, subjects }: Binding, kinds: readonly string[], namespaced: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (roleRef.apiGroup !== group) errors.push(notSupportedInOrder('roleRef.apiGroup', roleRef.apiGroup ?? '', [group]))
  if (!kinds.includes(roleRef.kind ?? '')) errors.push(notSupportedInOrder('roleRef.kind', roleRef.kind ?? '', kinds))
  if (!roleRef.name) errors.push(required('roleRef.name'))
  else errors.push(...validatePathSegment('roleRef.name', roleRef.name))
  return [...errors, ...eachOf('subjects', subjects, (at, subject) => validateSubject(at, subject, namespaced))]
}

function validateSubject(at: string, { kind = '', name = '', namespace, apiGroup = '' }: Subject, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (name === '') errors.push(required(`${at}.name`))
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '') errors.push(...validateName(`${at}.name`, name, 'subdomain'))
      if (apiGroup !== '') errors.push(notSupportedInOrder(`${at}.apiGroup`, apiGroup, ['']))
      if (!namespaced && !namespace) errors.push(required(`${at}.namespace`))
      return errors
    case 'User':
    case 'Group':
      if (name === '') errors.push(invalid(`${at}.name`, name, `${kind.toLowerCase()} name cannot be empty`))
      if (apiGroup !== group) errors.push(notSupportedInOrder(`${at}.apiGroup`, apiGroup, [group]))
      return errors
    default:
      return [...errors, notSupportedInOrder(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group'])]
  }
}

/** A binding is to one role for ever: who may bind another would have to be asked again. */
export const validateBindingUpdate = (next: Binding, previous: Binding): FieldError[] =>
  isDeepStrictEqual(next.roleRef, previous.roleRef) ? [] : [invalid('roleRef', shownRef(next.roleRef), 'cannot change roleRef')]

/** With the names that Go has within. */
const shownRef = ({ apiGroup = '', kind = '', name = '' }: NonNullable<Binding['roleRef']> = {}) => ({ APIGroup: apiGroup, Kind: kind, Name: name })

/** Bindings as kubectl prints them. */
export const bindingPrinter = printer<Binding>(columns(['Name', 'Role', 'Age'], ['Users', 'Groups', 'ServiceAccounts']), (binding, now) => {
  const named = (kind: string, text: (subject: Subject) => string) =>
    (binding.subjects ?? [])
      .filter((each) => each.kind === kind)
      .map(text)
      .join(', ')
  const name = (subject: Subject) => subject.name ?? ''
  return [
    nameOf(binding),
    `${binding.roleRef?.kind ?? ''}/${binding.roleRef?.name ?? ''}`,
    ageOf(binding, now),
    named('User', name),
    named('Group', name),
    named('ServiceAccount', (subject) => `${subject.namespace ?? ''}/${subject.name ?? ''}`),
  ]
})
