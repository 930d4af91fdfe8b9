import type * as client from '@kubernetes/client-node'
import { eachOf, type FieldError, invalid, notSupportedInOrder, required } from '../../../../kube/validation/field-errors.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import type { GivenPart } from '../given.ts'
import { mostListed, validateConfiguration, validateFullyQualified, validateSelectors, validateToleration } from './device-validation.ts'
import { bounded, boundedSet } from './lists.ts'

export type ClaimSpec = GivenPart<client.V1ResourceClaimSpec>
type Request = GivenPart<client.V1DeviceRequest>
type Wanted = GivenPart<client.V1DeviceSubRequest>
type Constraint = GivenPart<client.V1DeviceConstraint>

const mostAlternatives = 8

/** One device of each request unless it says otherwise. */
export function claimDefaults(spec: ClaimSpec): void {
  spec.devices ??= {}
  for (const request of spec.devices.requests ?? [])
    for (const wanted of [...(request.exactly ? [request.exactly] : []), ...(request.firstAvailable ?? [])]) {
      wanted.allocationMode ||= 'ExactCount'
      if (wanted.allocationMode === 'ExactCount') wanted.count ||= 1
      for (const toleration of wanted.tolerations ?? []) toleration.operator ||= 'Equal'
    }
}

/** By request, its alternatives. */
export type RequestNames = ReadonlyMap<string, ReadonlySet<string>>

export const requestNames = (spec: ClaimSpec | undefined): RequestNames =>
  new Map((spec?.devices?.requests ?? []).map(({ name = '', firstAvailable = [] }) => [name, new Set(firstAvailable.map((each) => each.name ?? ''))]))

/** The mistakes of what a claim asks for. */
export function validateClaimSpec(at: string, spec: ClaimSpec | undefined): FieldError[] {
  const { requests, constraints, config } = spec?.devices ?? {}
  const names = requestNames(spec)
  const path = `${at}.devices`
  return [
    ...boundedSet(`${path}.requests`, requests, mostListed, ({ name = '' }) => name, validateRequest),
    ...bounded(`${path}.constraints`, constraints, mostListed, (place, constraint) => validateConstraint(place, constraint, names)),
    ...bounded(`${path}.config`, config, mostListed, (place, each) => [
      ...validateReferences(`${place}.requests`, each.requests, names),
      ...validateConfiguration(place, each),
    ]),
  ]
}

function validateRequest(at: string, { name = '', exactly, firstAvailable }: Request): FieldError[] {
  const errors = validateName(`${at}.name`, name, 'label')
  const one = 'exactly one of `exactly` or `firstAvailable` is required'
  if (exactly && firstAvailable?.length) return [...errors, invalid(at, null, `${one}, but multiple fields are set`)]
  if (exactly) return [...errors, ...validateWanted(`${at}.exactly`, exactly)]
  if (!firstAvailable?.length) return [...errors, required(at, one)]
  return [
    ...errors,
    ...boundedSet(
      `${at}.firstAvailable`,
      firstAvailable,
      mostAlternatives,
      (each) => each.name ?? '',
      (place, each) => [...validateName(`${place}.name`, each.name ?? '', 'label'), ...validateWanted(place, each)],
    ),
  ]
}

function validateWanted(at: string, { deviceClassName = '', selectors, allocationMode = '', count = 0, tolerations }: Omit<Wanted, 'name'>): FieldError[] {
  return [
    ...(deviceClassName === '' ? [required(`${at}.deviceClassName`)] : validateName(`${at}.deviceClassName`, deviceClassName, 'subdomain')),
    ...validateSelectors(`${at}.selectors`, selectors),
    ...validateMode(at, allocationMode, count),
    ...eachOf(`${at}.tolerations`, tolerations, validateToleration),
  ]
}

function validateMode(at: string, mode: string, count: number): FieldError[] {
  switch (mode) {
    case 'All':
      return count === 0 ? [] : [invalid(`${at}.count`, count, "must not be specified when allocationMode is 'All'")]
    case 'ExactCount':
      return count > 0 ? [] : [invalid(`${at}.count`, count, 'must be greater than zero')]
    default:
      return [notSupportedInOrder(`${at}.allocationMode`, mode, ['All', 'ExactCount'])]
  }
}

function validateConstraint(at: string, { requests, matchAttribute, distinctAttribute }: Constraint, names: RequestNames): FieldError[] {
  const errors = validateReferences(`${at}.requests`, requests, names)
  if (matchAttribute !== undefined) return [...errors, ...validateFullyQualified(`${at}.matchAttribute`, matchAttribute)]
  if (distinctAttribute !== undefined) return [...errors, ...validateFullyQualified(`${at}.distinctAttribute`, distinctAttribute)]
  return [...errors, required(`${at}.matchAttribute`)]
}

/** The mistakes of a list of requests: each is there, alone or with one of its alternatives. */
export const validateReferences = (path: string, references: readonly string[] | undefined, names: RequestNames): FieldError[] =>
  boundedSet(
    path,
    references,
    mostListed,
    (name) => name,
    (at, name) => validateReference(at, name, names),
  )

/** The mistakes of one. */
export function validateReference(at: string, name: string, names: RequestNames): FieldError[] {
  const parts = name.split('/')
  const [request = '', alternative] = parts
  const unknown = invalid(at, name, "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'")
  if (parts.length > 2) return [unknown]
  const found = names.get(request)
  const known = found !== undefined && (alternative === undefined || found.has(alternative))
  return [...parts.flatMap((part) => validateName(at, part, 'label')), ...(known ? [] : [unknown])]
}
