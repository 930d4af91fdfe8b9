import type { ReplicaSet } from '../../../../kube/objects.ts'
import { defaultPodSpec } from '../../../../kube/pod-defaults.ts'
import { immutable } from '../../../../kube/validation/field-errors.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { numbers, selectorCell, templateCells, templateColumns } from '../../table/templates.ts'
import { podSpecWarnings } from '../core/pod-warnings.ts'
import { bySpec } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { nameWarnings } from '../name-warnings.ts'
import { scaleSubresource } from '../scale.ts'
import { validateReplicaSetSpec, validateReplicaSetStatus } from './replica-set-validation.ts'

/** apps/v1 ReplicaSet. */
export const replicaSets = defineKind<ReplicaSet>({
  group: 'apps',
  resource: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
  shortNames: ['rs'],
  categories: ['all'],
  subresources: [scaleSubresource(), statusSubresource('ReplicaSet')],
  generation: bySpec,
  printer: printer<ReplicaSet>(
    [column('Name'), numbers('Desired'), numbers('Current'), numbers('Ready'), column('Age'), ...templateColumns, column('Selector', 1)],
    ({ metadata, spec, status }, now) => [
      nameOf({ metadata }),
      spec?.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      ageOf({ metadata }, now),
      ...templateCells(spec?.template),
      selectorCell(spec?.selector),
    ],
  ),
  fields: ({ status }) => ({ 'status.replicas': String(status?.replicas ?? 0) }),
  defaults({ spec, status }) {
    if (spec) spec.replicas ??= 1
    if (spec?.template?.spec) defaultPodSpec(spec.template.spec)
    if (status) status.replicas ??= 0
  },
  prepareCreate(set) {
    set.status = { replicas: 0 }
  },
  validate: ({ spec }) => validateReplicaSetSpec('spec', spec),
  validateUpdate(next, previous, subresource) {
    if (subresource === 'status') return validateReplicaSetStatus('status', next.status)
    const changed = immutable('spec.selector', next.spec?.selector, previous.spec?.selector)
    return subresource === 'scale' ? [...validateReplicaSetSpec('spec', next.spec), ...changed] : changed
  },
  warnings(next, previous, subresource) {
    if (subresource === 'status') return []
    if (previous && next.metadata?.generation === previous.metadata?.generation) return []
    return [...(previous ? [] : nameWarnings(next.metadata?.name)), ...podSpecWarnings('spec.template', next.spec?.template)]
  },
})
