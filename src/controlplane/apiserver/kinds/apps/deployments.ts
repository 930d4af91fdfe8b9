import type { Deployment } from '../../../../kube/objects.ts'
import { defaultPodSpec } from '../../../../kube/pod-defaults.ts'
import { immutable } from '../../../../kube/validation/field-errors.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { selectorCell, templateCells, templateColumns } from '../../table/templates.ts'
import { podSpecWarnings } from '../core/pod-warnings.ts'
import { bySpecOrAnnotations } from '../generation.ts'
import { defineKind, statusSubresource } from '../kind.ts'
import { nameWarnings } from '../name-warnings.ts'
import { scaleSubresource } from '../scale.ts'
import { validateDeploymentSpec, validateDeploymentStatus } from './deployment-validation.ts'

/** apps/v1 Deployment. */
export const deployments = defineKind<Deployment>({
  group: 'apps',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
  shortNames: ['deploy'],
  categories: ['all'],
  subresources: [scaleSubresource(), statusSubresource('Deployment')],
  generation: bySpecOrAnnotations,
  printer: printer<Deployment>(
    [column('Name'), column('Ready'), column('Up-to-date'), column('Available'), column('Age'), ...templateColumns, column('Selector', 1)],
    ({ metadata, spec, status }, now) => [
      nameOf({ metadata }),
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      ageOf({ metadata }, now),
      ...templateCells(spec?.template),
      selectorCell(spec?.selector),
    ],
  ),
  defaults({ spec }) {
    if (!spec) return
    spec.replicas ??= 1
    spec.strategy ??= {}
    const { strategy } = spec
    strategy.type ||= 'RollingUpdate'
    if (strategy.type === 'RollingUpdate') {
      strategy.rollingUpdate ??= {}
      strategy.rollingUpdate.maxUnavailable ??= '25%' as never
      strategy.rollingUpdate.maxSurge ??= '25%' as never
    }
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
    if (spec.template?.spec) defaultPodSpec(spec.template.spec)
  },
  prepareCreate(deployment) {
    deployment.status = {}
  },
  prepareUpdate(next, previous, subresource) {
    // kube-apiserver's deploymentStatusStrategy: labels are none of a status.
    if (subresource === 'status' && next.metadata) next.metadata.labels = previous.metadata?.labels
  },
  validate: ({ spec }) => validateDeploymentSpec('spec', spec),
  validateUpdate(next, previous, subresource) {
    if (subresource === 'status') return validateDeploymentStatus('status', next.status, previous.status)
    const changed = immutable('spec.selector', next.spec?.selector, previous.spec?.selector)
    return subresource === 'scale' ? [...validateDeploymentSpec('spec', next.spec), ...changed] : changed
  },
  warnings(next, previous, subresource) {
    if (subresource === 'status') return []
    const isNew = previous === undefined
    if (!isNew && next.metadata?.generation === previous.metadata?.generation) return []
    return [...(isNew ? nameWarnings(next.metadata?.name) : []), ...podSpecWarnings('spec.template', next.spec?.template)]
  },
})
