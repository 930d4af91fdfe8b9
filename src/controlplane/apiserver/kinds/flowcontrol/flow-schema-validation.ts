import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, forbidden, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import type { Given, GivenPart } from '../given.ts'
import { mandatoryFlowSchemas } from './bootstrap.ts'

type FlowSchema = Given<client.V1FlowSchema>
type Rule = GivenPart<client.V1PolicyRulesWithSubjects>
type Subject = GivenPart<client.FlowcontrolV1Subject>
type ResourceRule = GivenPart<client.V1ResourcePolicyRule>
type NonResourceRule = GivenPart<client.V1NonResourcePolicyRule>

const largestPrecedence = 10_000
const methods = ['ByNamespace', 'ByUser']
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']

/** The mistakes of a FlowSchema; the ones that every cluster has are as they are. */
export function validateFlowSchema({ metadata, spec = {} }: FlowSchema): FieldError[] {
  const errors: FieldError[] = []
  const name = metadata?.name ?? ''
  const precedence = spec.matchingPrecedence ?? 0
  const at = 'spec.matchingPrecedence'
  if (precedence <= 0) errors.push(invalid(at, precedence, 'must be a positive value'))
  if (precedence > largestPrecedence) errors.push(invalid(at, precedence, `must not be greater than ${largestPrecedence}`))
  if (precedence === 1 && name !== 'exempt') errors.push(invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"))
  const method = spec.distinguisherMethod
  if (method && !methods.includes(method.type ?? '')) errors.push(notSupported('spec.distinguisherMethod.type', { Type: method.type ?? '' }, methods))
  const level = spec.priorityLevelConfiguration?.name
  const field = 'spec.priorityLevelConfiguration.name'
  errors.push(...(level ? validateName(field, level, 'subdomain') : [required(field, 'must reference a priority level')]))
  errors.push(...eachOf('spec.rules', spec.rules, validateRule))
  const mandatory = mandatoryFlowSchemas.find((each) => each.metadata?.name === name)
  if (mandatory && !isDeepStrictEqual(spec, mandatory.spec)) errors.push(invalid('spec', spec, `spec of '${name}' must equal the fixed value`))
  return errors
}

function validateRule(at: string, { subjects, resourceRules, nonResourceRules }: Rule): FieldError[] {
  const none = !resourceRules?.length && !nonResourceRules?.length
  return [
    ...(subjects?.length ? eachOf(`${at}.subjects`, subjects, validateSubject) : [required(`${at}.subjects`, 'subjects must contain at least one value')]),
    ...(none ? [required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty')] : []),
    ...eachOf(`${at}.resourceRules`, resourceRules, validateResourceRule),
    ...eachOf(`${at}.nonResourceRules`, nonResourceRules, validateNonResourceRule),
  ]
}

const subjectKinds = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const

function validateSubject(at: string, subject: Subject): FieldError[] {
  const kind = subject.kind ?? ''
  if (kind !== 'ServiceAccount' && kind !== 'User' && kind !== 'Group') return [notSupported(`${at}.kind`, kind, Object.keys(subjectKinds))]
  const field = subjectKinds[kind]
  const own = `${at}.${field}`
  const found = subject[field]
  const errors = found ? validateNamed(own, kind, found) : [required(own, `${field} is required when subject kind is '${kind}'`)]
  for (const [other, part] of Object.entries(subjectKinds))
    if (part !== field && subject[part]) errors.push(forbidden(`${at}.${part}`, `${part} is forbidden when subject kind is not '${other}'`))
  return errors
}

function validateNamed(at: string, kind: keyof typeof subjectKinds, { name = '', namespace = '' }: { name?: string; namespace?: string }): FieldError[] {
  const errors = name === '' ? [required(`${at}.name`)] : []
  if (kind !== 'ServiceAccount') return errors
  if (name !== '' && name !== '*') errors.push(...validateName(`${at}.name`, name, 'subdomain'))
  if (namespace === '') return [...errors, required(`${at}.namespace`, 'must specify namespace for service account')]
  return [...errors, ...validateName(`${at}.namespace`, namespace, 'label')]
}

/** A list that is `*` or names things, of which there must be some. */
function starOr(field: string, list: readonly string[], none: string, what: string): FieldError[] {
  if (list.length === 0) return [required(field, none)]
  return list.length > 1 && list.includes('*') ? [invalid(field, list, `if '*' is present, must not specify other ${what}`)] : []
}

function validateVerbs(at: string, given: readonly string[] = []): FieldError[] {
  const errors = starOr(`${at}.verbs`, given, 'verbs must contain at least one value', 'verbs')
  const unknown = given.length > 0 && !given.includes('*') && given.some((verb) => !verbs.includes(verb))
  return unknown ? [notSupported(`${at}.verbs`, given, verbs)] : errors
}

function validateResourceRule(at: string, { verbs: given, apiGroups = [], resources = [], namespaces = [], clusterScope }: ResourceRule): FieldError[] {
  const errors = [
    ...validateVerbs(at, given),
    ...starOr(`${at}.apiGroups`, apiGroups, 'resource rules must supply at least one api group', 'api groups'),
    ...starOr(`${at}.resources`, resources, 'resource rules must supply at least one resource', 'resources'),
  ]
  const field = `${at}.namespaces`
  if (namespaces.length === 0)
    return clusterScope ? errors : [...errors, required(field, 'resource rules that are not cluster scoped must supply at least one namespace')]
  if (namespaces.includes('*')) return [...errors, ...starOr(field, namespaces, '', 'namespaces')]
  const intro = "each member of this list must be '*' or a DNS-1123 label; "
  return [
    ...errors,
    ...eachOf(field, namespaces, (place, namespace) => {
      const shown = `Invalid value: ${JSON.stringify(namespace)}: `
      return validateName(place, namespace, 'label').map(({ message }) => invalid(place, namespace, `${intro}${message.slice(shown.length)}`))
    }),
  ]
}

function validateNonResourceRule(at: string, { verbs: given, nonResourceURLs = [] }: NonResourceRule): FieldError[] {
  const field = `${at}.nonResourceURLs`
  const errors = [...validateVerbs(at, given), ...starOr(field, nonResourceURLs, 'nonResourceURLs must contain at least one value', 'non-resource URLs')]
  return nonResourceURLs.includes('*') ? errors : [...errors, ...eachOf(field, nonResourceURLs, validatePath)]
}

function validatePath(at: string, path: string): FieldError[] {
  const bad = (why: string) => [invalid(at, path, why)]
  if (path === '') return bad('must not be empty')
  if (path === '/') return []
  if (!path.startsWith('/')) return bad('must start with slash')
  if (path.includes(' ')) return bad('must not contain white-space')
  if (path.includes('//')) return bad('must not contain double slash')
  const stars = path.split('*').length - 1
  return stars > 1 || (stars === 1 && !path.endsWith('/*')) ? bad('wildcard can only do suffix matching') : []
}
