import { isDeepStrictEqual } from 'node:util'
import type * as client from '@kubernetes/client-node'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import type { Given, GivenPart } from '../given.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { mandatoryPriorityLevels } from './bootstrap.ts'
import { validateFlowConditions } from './status.ts'

export type PriorityLevelConfiguration = Given<client.V1PriorityLevelConfiguration>
type Limited = GivenPart<client.V1LimitedPriorityLevelConfiguration>
type Queuing = GivenPart<client.V1QueuingConfiguration>

const mostQueues = 10_000_000
/** Of the hash that deals a flow its queues. */
const hashBits = 60

/** flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration. */
export const priorityLevelConfigurations = defineKind<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  resource: 'prioritylevelconfigurations',
  kind: 'PriorityLevelConfiguration',
  namespaced: false,
  subresources: [statusSubresource('PriorityLevelConfiguration')],
  generation: bySpec,
  printer: printer<PriorityLevelConfiguration>(
    columns(['Name', 'Type', 'NominalConcurrencyShares', 'Queues', 'HandSize', 'QueueLengthLimit', 'Age']),
    ({ spec, ...level }, now) => {
      const queuing = spec?.limited?.limitResponse?.queuing
      return [
        nameOf(level),
        spec?.type ?? '',
        spec?.limited?.nominalConcurrencyShares ?? '<none>',
        queuing?.queues ?? '<none>',
        queuing?.handSize ?? '<none>',
        queuing?.queueLengthLimit ?? '<none>',
        ageOf(level, now),
      ]
    },
  ),
  defaults(level) {
    level.spec ??= {}
    const { exempt, limited } = level.spec
    if (exempt) {
      exempt.nominalConcurrencyShares ??= 0
      exempt.lendablePercent ??= 0
    }
    if (limited) {
      limited.nominalConcurrencyShares ??= 30
      limited.lendablePercent ??= 0
      limited.limitResponse ??= {}
      const { queuing } = limited.limitResponse
      if (queuing) {
        queuing.queues ||= 64
        queuing.handSize ||= 8
        queuing.queueLengthLimit ||= 50
      }
    }
    level.status ??= {}
  },
  prepareCreate(level) {
    level.status = {}
  },
  validate: (level) => [...validateLevel(level), ...validateFlowConditions(level.status?.conditions)],
  validateUpdate: ({ status }, _previous, subresource) => (subresource === 'status' ? validateFlowConditions(status?.conditions) : []),
})

function validateLevel({ metadata, spec = {} }: PriorityLevelConfiguration): FieldError[] {
  const { type = '', limited, exempt } = spec
  const name = metadata?.name ?? ''
  const errors: FieldError[] = []
  if ((name === 'exempt') !== (type === 'Exempt')) errors.push(invalid('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'"))
  if (type === 'Exempt') {
    if (limited) errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'))
    if (exempt) errors.push(...validateShares('spec.exempt', exempt.nominalConcurrencyShares, exempt.lendablePercent))
  } else if (type === 'Limited') {
    if (exempt) errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'))
    if (limited) errors.push(...validateLimited('spec.limited', limited))
    else errors.push(required('spec.limited', 'must not be empty when type is Limited'))
  } else errors.push(notSupported('spec.type', type, ['Exempt', 'Limited']))
  const mandatory = mandatoryPriorityLevels.find((each) => each.metadata?.name === name)
  // How many shares are lent by the exempt level may be set.
  const fixed = mandatory && (name === 'exempt' ? { ...mandatory.spec, exempt } : mandatory.spec)
  if (fixed && !isDeepStrictEqual({ ...spec, ...(name === 'exempt' && { exempt }) }, fixed))
    errors.push(invalid('spec', spec, `spec of '${name}' must equal the fixed value`))
  return errors
}

function validateShares(at: string, shares = 0, lendable = 0): FieldError[] {
  return [
    ...(shares < 0 ? [invalid(`${at}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')] : []),
    ...(lendable < 0 || lendable > 100 ? [invalid(`${at}.lendablePercent`, lendable, 'must be between 0 and 100, inclusive')] : []),
  ]
}

function validateLimited(at: string, { nominalConcurrencyShares, lendablePercent, borrowingLimitPercent, limitResponse = {} }: Limited): FieldError[] {
  const errors = validateShares(at, nominalConcurrencyShares, lendablePercent)
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0)
    errors.push(invalid(`${at}.borrowingLimitPercent`, borrowingLimitPercent, 'if specified, must be a non-negative integer'))
  const { type = '', queuing } = limitResponse
  const field = `${at}.limitResponse.queuing`
  if (type === 'Reject') {
    if (queuing) errors.push(forbidden(field, 'must be nil if limited.limitResponse.type is not Limited'))
  } else if (type === 'Queue') {
    if (queuing) errors.push(...validateQueuing(field, queuing))
    else errors.push(required(field, 'must not be empty if limited.limitResponse.type is Limited'))
  } else errors.push(notSupported(`${at}.limitResponse.type`, type, ['Queue', 'Reject']))
  return errors
}

function validateQueuing(at: string, { queues = 0, handSize = 0, queueLengthLimit = 0 }: Queuing): FieldError[] {
  const errors: FieldError[] = []
  if (queueLengthLimit <= 0) errors.push(invalid(`${at}.queueLengthLimit`, queueLengthLimit, 'must be positive'))
  if (queues <= 0) errors.push(invalid(`${at}.queues`, queues, 'must be positive'))
  else if (queues > mostQueues) errors.push(invalid(`${at}.queues`, queues, `must not be greater than ${mostQueues}`))
  const field = `${at}.handSize`
  if (handSize <= 0) errors.push(invalid(field, handSize, 'must be positive'))
  else if (handSize > queues) errors.push(invalid(field, handSize, `should not be greater than queues (${queues})`))
  else if (Math.ceil(Math.log2(queues) * handSize) > hashBits)
    errors.push(invalid(field, handSize, `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`))
  return errors
}
