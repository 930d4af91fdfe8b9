import { isDeepStrictEqual } from 'node:util'
import type { DaemonSet } from '../../../../kube/objects.ts'
import { defaultPodSpec } from '../../../../kube/pod-defaults.ts'
import { immutable } from '../../../../kube/validation/field-errors.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { labelsCell, numbers, selectorCell, templateCells, templateColumns } from '../../table/templates.ts'
import { podSpecWarnings } from '../core/pod-warnings.ts'
import { bySpec } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { validateDaemonSetSpec, validateDaemonSetStatus } from './daemon-set-validation.ts'

/** Where apps/v1 keeps what older versions had as `spec.templateGeneration`. */
const templateGeneration = 'deprecated.daemonset.template.generation'
const generationOf = (set: DaemonSet) => Number(set.metadata?.annotations?.[templateGeneration] ?? 0) || 0

function setGeneration(set: DaemonSet, generation: number): void {
  if (set.metadata) set.metadata.annotations = { ...set.metadata.annotations, [templateGeneration]: String(generation) }
}

/** apps/v1 DaemonSet. */
export const daemonSets = defineKind<DaemonSet>({
  group: 'apps',
  resource: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
  shortNames: ['ds'],
  categories: ['all'],
  subresources: [statusSubresource('DaemonSet')],
  generation: bySpec,
  printer: printer<DaemonSet>(
    [
      column('Name'),
      ...['Desired', 'Current', 'Ready', 'Up-to-date', 'Available'].map(numbers),
      column('Node Selector'),
      column('Age'),
      ...templateColumns,
      column('Selector', 1),
    ],
    ({ metadata, spec, status }, now) => [
      nameOf({ metadata }),
      status?.desiredNumberScheduled ?? 0,
      status?.currentNumberScheduled ?? 0,
      status?.numberReady ?? 0,
      status?.updatedNumberScheduled ?? 0,
      status?.numberAvailable ?? 0,
      labelsCell(spec?.template?.spec?.nodeSelector),
      ageOf({ metadata }, now),
      ...templateCells(spec?.template),
      selectorCell(spec?.selector),
    ],
  ),
  defaults({ spec, status }) {
    for (const field of ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady'] as const) if (status) status[field] ??= 0
    if (!spec) return
    spec.updateStrategy ??= {}
    spec.updateStrategy.type ||= 'RollingUpdate'
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {}
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1 as never
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0 as never
    }
    spec.revisionHistoryLimit ??= 10
    if (spec.template?.spec) defaultPodSpec(spec.template.spec)
  },
  prepareCreate(set) {
    set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
    setGeneration(set, Math.max(generationOf(set), 1))
  },
  prepareUpdate(next, previous, subresource) {
    if (subresource === 'status') return
    const before = Math.max(generationOf(previous), 1)
    setGeneration(next, isDeepStrictEqual(next.spec?.template, previous.spec?.template) ? before : before + 1)
  },
  validate: ({ spec }) => validateDaemonSetSpec('spec', spec),
  validateUpdate(next, previous, subresource) {
    if (subresource === 'status') return validateDaemonSetStatus('status', next.status, previous.status)
    return immutable('spec.selector', next.spec?.selector, previous.spec?.selector)
  },
  warnings(next, previous, subresource) {
    if (subresource === 'status' || (previous && next.metadata?.generation === previous.metadata?.generation)) return []
    return podSpecWarnings('spec.template', next.spec?.template)
  },
})
