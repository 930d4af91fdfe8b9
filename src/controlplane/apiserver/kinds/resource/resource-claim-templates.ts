import type * as client from '@kubernetes/client-node'
import { immutable } from '../../../../kube/validation/field-errors.ts'
import { validateAnnotations, validateLabels } from '../../../../kube/validation/names.ts'
import { agePrinter } from '../../table/generic.ts'
import type { Given } from '../given.ts'
import { defineKind } from '../kind.ts'
import { claimDefaults, validateClaimSpec } from './claim-validation.ts'

type ResourceClaimTemplate = Given<client.V1ResourceClaimTemplate>

/** resource.k8s.io/v1 ResourceClaimTemplate. */
export const resourceClaimTemplates = defineKind<ResourceClaimTemplate>({
  group: 'resource.k8s.io',
  resource: 'resourceclaimtemplates',
  kind: 'ResourceClaimTemplate',
  namespaced: true,
  returnsDeleted: true,
  printer: agePrinter,
  defaults(template) {
    template.spec ??= {}
    template.spec.metadata ??= {}
    template.spec.spec ??= {}
    claimDefaults(template.spec.spec)
  },
  validate: ({ spec }, previous) =>
    previous
      ? []
      : [
          ...validateAnnotations('spec.metadata.annotations', spec?.metadata?.annotations),
          ...validateLabels('spec.metadata.labels', spec?.metadata?.labels),
          ...validateClaimSpec('spec.spec', spec?.spec),
        ],
  validateUpdate: (next, previous) => immutable('spec', next.spec, previous.spec),
})
