import type { StatefulSet } from '../../../../kube/objects.ts'
import { defaultPodSpec } from '../../../../kube/pod-defaults.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { templateCells, templateColumns } from '../../table/templates.ts'
import { defaultClaim } from '../core/claim-defaults.ts'
import { podSpecWarnings } from '../core/pod-warnings.ts'
import { bySpec } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { scaleSubresource } from '../scale.ts'
import { validateServiceName, validateStatefulSetSpec, validateStatefulSetStatus, validateStatefulSetUpdate } from './stateful-set-validation.ts'

/** apps/v1 StatefulSet. */
export const statefulSets = defineKind<StatefulSet>({
  group: 'apps',
  resource: 'statefulsets',
  kind: 'StatefulSet',
  namespaced: true,
  shortNames: ['sts'],
  categories: ['all'],
  nameRule: 'label',
  subresources: [scaleSubresource(), statusSubresource('StatefulSet')],
  generation: bySpec,
  printer: printer<StatefulSet>([column('Name'), column('Ready'), column('Age'), ...templateColumns], ({ metadata, spec, status }, now) => [
    nameOf({ metadata }),
    `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ageOf({ metadata }, now),
    ...templateCells(spec?.template),
  ]),
  defaults({ spec, status }) {
    if (status) {
      status.replicas ??= 0
      status.availableReplicas ??= 0
    }
    if (!spec) return
    spec.podManagementPolicy ||= 'OrderedReady'
    spec.updateStrategy ??= {}
    spec.updateStrategy.type ||= 'RollingUpdate'
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {}
      spec.updateStrategy.rollingUpdate.partition ??= 0
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {}
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain'
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain'
    spec.replicas ??= 1
    spec.revisionHistoryLimit ??= 10
    if (spec.template?.spec) defaultPodSpec(spec.template.spec)
    for (const claim of spec.volumeClaimTemplates ?? []) {
      // They are whole objects, and say so.
      claim.apiVersion ||= 'v1'
      claim.kind ||= 'PersistentVolumeClaim'
      defaultClaim(claim)
    }
  },
  prepareCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 }
  },
  validate: ({ spec }, previous) => [...validateStatefulSetSpec('spec', spec), ...(previous ? [] : validateServiceName('spec', spec))],
  validateUpdate(next, previous, subresource) {
    if (subresource === 'status') return validateStatefulSetStatus('status', next.status, previous.status)
    return [...(subresource === 'scale' ? validateStatefulSetSpec('spec', next.spec) : []), ...validateStatefulSetUpdate('spec', next.spec, previous.spec)]
  },
  warnings(next, previous, subresource) {
    if (subresource === 'status' || (previous && next.metadata?.generation === previous.metadata?.generation)) return []
    const warnings = podSpecWarnings('spec.template', next.spec?.template)
    if ((next.spec?.revisionHistoryLimit ?? 0) < 0)
      warnings.push('spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended')
    return warnings
  },
})
