import { isIP } from 'node:net'
import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validatePathSegment, validatePort, validatePortName } from '../../../../kube/validation/formats.ts'
import { validateIpLeniently } from '../../../../kube/validation/ip-validation.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import type { Given, GivenPart } from '../given.ts'

export type Ingress = Given<client.V1Ingress>
type Rule = GivenPart<client.V1IngressRule>
type Path = GivenPart<client.V1HTTPIngressPath>
type Backend = GivenPart<client.V1IngressBackend>

/** How the class was said before it had a field. */
export const classAnnotation = 'kubernetes.io/ingress.class'

/** The mistakes of an Ingress; what was stored with bad secret names, or bad rules of wildcard hosts, may keep some. */
export function validateIngress({ spec, metadata }: Ingress, previous?: Ingress): FieldError[] {
  const errors: FieldError[] = []
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec ?? {}
  const badSecrets = (previous?.spec?.tls ?? []).some(({ secretName }) => secretErrors('', secretName).length > 0)
  const badWildcards = (previous?.spec?.rules ?? []).some((rule) => rule.host?.includes('*') && ruleValueErrors('', rule).length > 0)
  if (rules.length === 0 && !defaultBackend) errors.push(invalid('spec', spec?.rules ?? null, 'either `defaultBackend` or `rules` must be specified'))
  if (defaultBackend) errors.push(...validateBackend('spec.defaultBackend', defaultBackend))
  errors.push(
    ...eachOf('spec.rules', rules, (at, rule) => [
      ...(rule.host ? hostErrors(`${at}.host`, rule.host) : []),
      ...(rule.host?.includes('*') && badWildcards ? [] : ruleValueErrors(at, rule)),
    ]),
    ...eachOf('spec.tls', tls, (at, { hosts, secretName }) => [
      ...eachOf(`${at}.hosts`, hosts, nameErrors),
      ...(badSecrets ? [] : secretErrors(`${at}.secretName`, secretName)),
    ]),
  )
  if (ingressClassName !== undefined) errors.push(...validateName('spec.ingressClassName', ingressClassName, 'subdomain'))
  const annotated = metadata?.annotations?.[classAnnotation]
  if (!previous && annotated !== undefined && ingressClassName !== undefined && annotated !== ingressClassName)
    errors.push(invalid(`annotations.${classAnnotation}`, annotated, 'must match `ingressClassName` when both are specified'))
  return errors
}

const nameErrors = (at: string, host: string) => validateName(at, host, host.includes('*') ? 'wildcard' : 'subdomain')
const notAnAddress = (at: string, host: string) => (isIP(host) ? [invalid(at, host, 'must be a DNS name, not an IP address')] : [])
const hostErrors = (at: string, host: string) => [...notAnAddress(at, host), ...nameErrors(at, host)]
const secretErrors = (at: string, name: string | undefined) => (name ? validateName(at, name, 'subdomain') : [])

function ruleValueErrors(at: string, { http }: Rule): FieldError[] {
  if (!http) return []
  return http.paths?.length ? eachOf(`${at}.http.paths`, http.paths, validatePath) : [required(`${at}.http.paths`)]
}

const forbiddenParts = ['//', '/./', '/../', '%2f', '%2F']
const forbiddenEnds = ['/..', '/.']

function validatePath(at: string, { path = '', pathType, backend = {} }: Path): FieldError[] {
  if (pathType === undefined) return [required(`${at}.pathType`, 'pathType must be specified')]
  const errors: FieldError[] = []
  const bad = (why: string) => errors.push(invalid(`${at}.path`, path, why))
  switch (pathType) {
    case 'Exact':
    case 'Prefix':
      if (!path.startsWith('/')) bad('must be an absolute path')
      for (const part of forbiddenParts) if (path.includes(part)) bad(`must not contain '${part}'`)
      for (const end of forbiddenEnds) if (path.endsWith(end)) bad(`cannot end with '${end}'`)
      break
    case 'ImplementationSpecific':
      if (path !== '' && !path.startsWith('/')) bad('must be an absolute path')
      break
    default:
      errors.push(notSupported(`${at}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']))
  }
  return [...errors, ...validateBackend(`${at}.backend`, backend)]
}

function validateBackend(at: string, { service, resource }: Backend): FieldError[] {
  if (service && resource) return [invalid(at, '', 'cannot set both resource and service backends')]
  if (resource) return validateReference(`${at}.resource`, resource)
  if (!service) return [invalid(at, '', 'resource or service backend is required')]
  const errors = service.name ? validateName(`${at}.service.name`, service.name, 'label') : [required(`${at}.service.name`)]
  const { name, number } = service.port ?? {}
  if (name && number) errors.push(invalid(at, '', 'cannot set both port name & port number'))
  else if (name) errors.push(...validatePortName(`${at}.service.port.name`, name))
  else if (number) errors.push(...validatePort(`${at}.service.port.number`, number))
  else errors.push(required(at, 'port name or number is required'))
  return errors
}

/** The mistakes of a reference to an object by group, kind and name. */
export function validateReference(at: string, { apiGroup, kind, name }: { apiGroup?: string; kind?: string; name?: string }): FieldError[] {
  return [
    ...(apiGroup === undefined ? [] : validateName(`${at}.apiGroup`, apiGroup, 'subdomain')),
    ...(kind ? validatePathSegment(`${at}.kind`, kind) : [required(`${at}.kind`)]),
    ...(name ? validatePathSegment(`${at}.name`, name) : [required(`${at}.name`)]),
  ]
}

/** The mistakes of where an Ingress says it is reached. */
export function validateIngressStatus({ status }: Ingress, previous: Ingress): FieldError[] {
  const known = (previous.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []))
  return eachOf('status.loadBalancer.ingress', status?.loadBalancer?.ingress, (at, { ip, hostname }) => [
    ...(ip ? validateIpLeniently(`${at}.ip`, ip, known) : []),
    ...(hostname ? [...validateName(`${at}.hostname`, hostname, 'subdomain'), ...notAnAddress(`${at}.hostname`, hostname)] : []),
  ])
}
