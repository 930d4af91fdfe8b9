import type { KubeObject } from '../../../../kube/objects.ts'
import { eachOf, type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind, statusSubresource } from '../kind.ts'

type Namespace = KubeObject & { spec?: { finalizers?: string[] }; status?: { phase?: string; conditions?: unknown[] } }

/** core/v1 Namespace. */
export const namespaces = defineKind<Namespace>({
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  nameRule: 'label',
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }, statusSubresource('Namespace')],
  returnsDeleted: true,
  printer: printer<Namespace>(columns(['Name', 'Status', 'Age']), (namespace, now) => [
    nameOf(namespace),
    namespace.status?.phase ?? '',
    ageOf(namespace, now),
  ]),
  fields: ({ status }) => ({ 'status.phase': status?.phase ?? '' }),
  defaults(namespace) {
    const name = namespace.metadata?.name
    if (name && namespace.metadata) namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': name }
  },
  prepareCreate(namespace) {
    namespace.spec = { finalizers: [...new Set([...(namespace.spec?.finalizers ?? []), 'kubernetes'])] }
    namespace.status = { phase: 'Active' }
  },
  prepareUpdate(next, previous, subresource) {
    if (subresource !== 'finalize') next.spec = previous.spec
  },
  validate: ({ spec }) => (spec?.finalizers ?? []).flatMap((name) => validateFinalizer('spec.finalizers', name)),
  validateUpdate(next, _previous, subresource) {
    if (subresource === 'finalize') return eachOf('spec.finalizers', next.spec?.finalizers, validateFinalizer)
    if (subresource !== 'status') return []
    const ends = next.metadata?.deletionTimestamp !== undefined
    const phase = next.status?.phase ?? ''
    if (!ends && phase !== 'Active') return [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")]
    return ends && phase !== 'Terminating' ? [invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")] : []
  },
})

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion']

function validateFinalizer(field: string, name: string): FieldError[] {
  const errors = validateQualifiedName(field, name)
  if (!name.includes('/') && !standardFinalizers.includes(name))
    errors.push(invalid(field, name, 'name is neither a standard finalizer name nor is it fully qualified'))
  return errors
}
