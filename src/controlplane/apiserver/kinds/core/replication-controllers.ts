import type { ReplicationController } from '../../../../kube/objects.ts'
import { defaultPodSpec } from '../../../../kube/pod-defaults.ts'
import { selectorText } from '../../../../kube/selector-text.ts'
import { append, type FieldError, required } from '../../../../kube/validation/field-errors.ts'
import { nonNegative, nonNegativeFields } from '../../../../kube/validation/number-validation.ts'
import { validateLastingTemplate, validatePodTemplate, validateTemplateLabels } from '../../../../kube/validation/pod-template-validation.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { labelsCell, numbers, templateCells, templateColumns } from '../../table/templates.ts'
import { validateReplicaSetStatus } from '../apps/replica-set-validation.ts'
import { bySpec } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { nameWarnings } from '../name-warnings.ts'
import { scaleSubresource } from '../scale.ts'
import { podSpecWarnings } from './pod-warnings.ts'

const selectorOf = (object: ReplicationController) => selectorText({ matchLabels: object.spec?.selector ?? {} })

/** core/v1 ReplicationController, which ReplicaSets came after. */
export const replicationControllers = defineKind<ReplicationController>({
  resource: 'replicationcontrollers',
  kind: 'ReplicationController',
  namespaced: true,
  shortNames: ['rc'],
  categories: ['all'],
  storagePrefix: 'controllers',
  subresources: [scaleSubresource((object) => selectorOf(object as ReplicationController)), statusSubresource('ReplicationController')],
  generation: bySpec,
  dependents: 'orphaned',
  printer: printer<ReplicationController>(
    [column('Name'), numbers('Desired'), numbers('Current'), numbers('Ready'), column('Age'), ...templateColumns, column('Selector', 1)],
    ({ metadata, spec, status }, now) => [
      nameOf({ metadata }),
      spec?.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      ageOf({ metadata }, now),
      ...templateCells(spec?.template),
      labelsCell(spec?.selector),
    ],
  ),
  fields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  defaults({ metadata, spec, status }) {
    if (status) status.replicas ??= 0
    if (!spec) return
    const labels = spec.template?.metadata?.labels
    if (labels) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels }
      if (metadata && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels }
    }
    spec.replicas ??= 1
    if (spec.template?.spec) defaultPodSpec(spec.template.spec)
  },
  prepareCreate(controller) {
    controller.status = { replicas: 0 }
  },
  validate: ({ spec }) => validateSpec('spec', spec),
  validateUpdate(next, _previous, subresource) {
    if (subresource === 'status') return validateReplicaSetStatus('status', next.status)
    return subresource === 'scale' ? validateSpec('spec', next.spec) : []
  },
  warnings(next, previous, subresource) {
    if (subresource === 'status' || (previous && next.metadata?.generation === previous.metadata?.generation)) return []
    return [...(previous ? [] : nameWarnings(next.metadata?.name)), ...podSpecWarnings('spec.template', next.spec?.template)]
  },
})

function validateSpec(path: string, spec: ReplicationController['spec']): FieldError[] {
  const errors: FieldError[] = nonNegativeFields(path, spec, ['minReadySeconds'])
  const { selector = {}, template, replicas } = spec ?? {}
  if (Object.keys(selector).length === 0) errors.push(required(`${path}.selector`))
  append(errors, nonNegative(`${path}.replicas`, replicas))
  if (!template) return [...errors, required(`${path}.template`)]
  append(errors, validateTemplateLabels(`${path}.template`, { matchLabels: selector }, template))
  append(errors, validatePodTemplate(`${path}.template`, template))
  append(errors, validateLastingTemplate(`${path}.template`, template, 'ReplicationController'))
  return errors
}
