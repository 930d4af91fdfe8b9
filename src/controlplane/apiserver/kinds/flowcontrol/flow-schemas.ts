import type * as client from '@kubernetes/client-node'
import { column, printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { bySpec } from '../generation.ts'
import type { Given } from '../given.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { validateFlowSchema } from './flow-schema-validation.ts'
import { validateFlowConditions } from './status.ts'

export type FlowSchema = Given<client.V1FlowSchema>

/** flowcontrol.apiserver.k8s.io/v1 FlowSchema. It is kept and shown; requests are limited by other rules here. */
export const flowSchemas = defineKind<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  resource: 'flowschemas',
  kind: 'FlowSchema',
  namespaced: false,
  subresources: [statusSubresource('FlowSchema')],
  generation: bySpec,
  printer: printer<FlowSchema>(
    [...columns(['Name', 'PriorityLevel', 'MatchingPrecedence', 'DistinguisherMethod', 'Age']), column('MissingPL')],
    (schema, now) => [
      nameOf(schema),
      schema.spec?.priorityLevelConfiguration?.name ?? '',
      schema.spec?.matchingPrecedence ?? 0,
      schema.spec?.distinguisherMethod?.type ?? '<none>',
      ageOf(schema, now),
      schema.status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ],
  ),
  defaults(schema) {
    schema.spec ??= {}
    schema.spec.priorityLevelConfiguration ??= {}
    schema.spec.priorityLevelConfiguration.name ??= ''
    schema.spec.matchingPrecedence ||= 1000
    schema.status ??= {}
  },
  prepareCreate(schema) {
    schema.status = {}
  },
  validate: (schema) => [...validateFlowSchema(schema), ...validateFlowConditions(schema.status?.conditions)],
  validateUpdate: ({ status }, _previous, subresource) => (subresource === 'status' ? validateFlowConditions(status?.conditions) : []),
})
