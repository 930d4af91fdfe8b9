import type { ControllerRevision } from '../../../../kube/objects.ts'
import { type FieldError, immutable, required } from '../../../../kube/validation/field-errors.ts'
import { nonNegative } from '../../../../kube/validation/number-validation.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import { defineKind } from '../kind.ts'

const revisionOf = ({ revision }: ControllerRevision) => revision ?? 0

/** apps/v1 ControllerRevision: a state of a StatefulSet or a DaemonSet, which never changes. */
export const controllerRevisions = defineKind<ControllerRevision>({
  group: 'apps',
  resource: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
  printer: printer<ControllerRevision>([column('Name'), column('Controller'), column('Revision'), column('Age')], (revision, now) => [
    nameOf(revision),
    ownerOf(revision),
    revisionOf(revision),
    ageOf(revision, now),
  ]),
  defaults(revision) {
    // Go writes it even when it is 0.
    revision.revision ??= 0
  },
  validate: (revision, previous) => [...nonNegative('revision', revisionOf(revision)), ...(previous ? [] : validateData(revision))],
  validateUpdate: (next, previous) => immutable('data', next.data, previous.data),
})

/** `statefulset.apps/web`, as kubectl names a controller. */
function ownerOf({ metadata }: ControllerRevision): string {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller)
  if (!owner) return '<none>'
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : ''
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`
}

function validateData({ data }: ControllerRevision): FieldError[] {
  if (data === undefined || data === null) return [required('data', 'data is mandatory')]
  return typeof data === 'object' && !Array.isArray(data) ? [] : [required('data', 'data must be a valid JSON object')]
}
