import type * as client from '@kubernetes/client-node'
import { type FieldError, forbidden, immutable, invalid, required, tooLong } from '../../../../kube/validation/field-errors.ts'
import { validateDriverName } from '../../../../kube/validation/formats.ts'
import { validateName } from '../../../../kube/validation/names.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import type { Given, GivenPart } from '../given.ts'
import { defineKind, statusSubresource } from '../kind.ts'

export type VolumeAttachment = Given<client.V1VolumeAttachment>

const mostMetadataBytes = 256 * 1024
const longestMessage = 1024

/** storage.k8s.io/v1 VolumeAttachment. */
export const volumeAttachments = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io',
  resource: 'volumeattachments',
  kind: 'VolumeAttachment',
  namespaced: false,
  subresources: [statusSubresource('VolumeAttachment')],
  returnsDeleted: true,
  printer: printer<VolumeAttachment>(
    [column('Name'), { ...column('Attacher'), format: 'name' }, column('PV'), column('Node'), column('Attached', 0, 'boolean'), column('Age')],
    (object, now) => [
      nameOf(object),
      object.spec?.attacher ?? '',
      object.spec?.source?.persistentVolumeName ?? '',
      object.spec?.nodeName ?? '',
      object.status?.attached ?? false,
      ageOf(object, now),
    ],
  ),
  defaults(object) {
    object.spec ??= {}
    object.spec.attacher ??= ''
    object.spec.source ??= {}
    object.spec.nodeName ??= ''
    object.status ??= {}
    object.status.attached ??= false
  },
  prepareCreate(object) {
    object.status = { attached: false }
  },
  validate(object, previous) {
    const errors = [...validateSpec(object), ...validateStatus(object)]
    if (previous) return errors
    const { attacher = '', source } = object.spec ?? {}
    const volume = source?.persistentVolumeName
    errors.push(...validateDriverName('spec.attacher', attacher))
    if (volume !== undefined) errors.push(...validateName('spec.source.persistentVolumeName', volume, 'subdomain'))
    return errors
  },
  validateUpdate: (next, previous, subresource) =>
    subresource === 'status' ? [...validateSpec(next), ...validateStatus(next)] : immutable('spec', next.spec, previous.spec),
})

function validateSpec({ spec }: VolumeAttachment): FieldError[] {
  const errors: FieldError[] = []
  const { attacher, source: { inlineVolumeSpec, persistentVolumeName } = {}, nodeName = '' } = spec ?? {}
  const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
  if (!attacher) errors.push(required('spec.attacher'))
  if (inlineVolumeSpec === undefined && persistentVolumeName === undefined) errors.push(required('spec.source', one))
  else if (inlineVolumeSpec && persistentVolumeName !== undefined) errors.push(forbidden('spec.source', one))
  else if (persistentVolumeName === '') errors.push(required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'))
  return [...errors, ...validateName('spec.nodeName', nodeName, 'subdomain')]
}

function validateStatus({ status }: VolumeAttachment): FieldError[] {
  const metadata = Object.entries(status?.attachmentMetadata ?? {})
  const bytes = metadata.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  return [
    ...(bytes > mostMetadataBytes ? [tooLong('status.attachmentMetadata', mostMetadataBytes)] : []),
    ...validateVolumeError('status.attachError', status?.attachError),
    ...validateVolumeError('status.detachError', status?.detachError),
  ]
}

function validateVolumeError(at: string, error: GivenPart<client.V1VolumeError> | undefined): FieldError[] {
  // Upstream names the bound of the metadata here.
  const long = Buffer.byteLength(error?.message ?? '') > longestMessage ? [tooLong(`${at}.message`, mostMetadataBytes)] : []
  const code = error?.errorCode ?? 0
  return code < 0 ? [...long, invalid(`${at}.errorCode`, code, 'must be between 0 and 2147483647, inclusive')] : long
}
