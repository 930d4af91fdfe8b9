import { resourceOf } from '../resource-of.ts'
import { isRecord, type TypeCheck, typeCheck } from './type-check.ts'

interface AnswerType {
  /** As an answer names it, where it does. */
  readonly kind: string
  readonly check: TypeCheck
}

/** What the agent asks for, by resource as `resourceOf` names it, with the name of its type. */
const models: ReadonlyMap<string, readonly [kind: string, model: string]> = new Map([
  ['certificatesigningrequests', ['CertificateSigningRequest', 'certificates/v1.CertificateSigningRequest']],
  ['clustertrustbundles', ['ClusterTrustBundle', 'certificates/v1beta1.ClusterTrustBundle']],
  ['configmaps', ['ConfigMap', 'core/v1.ConfigMap']],
  ['csidrivers', ['CSIDriver', 'storage/v1.CSIDriver']],
  ['csinodes', ['CSINode', 'storage/v1.CSINode']],
  ['events', ['Event', 'core/v1.Event']],
  ['leases', ['Lease', 'coordination/v1.Lease']],
  ['nodes', ['Node', 'core/v1.Node']],
  ['nodes/status', ['Node', 'core/v1.Node']],
  ['persistentvolumeclaims', ['PersistentVolumeClaim', 'core/v1.PersistentVolumeClaim']],
  ['persistentvolumeclaims/status', ['PersistentVolumeClaim', 'core/v1.PersistentVolumeClaim']],
  ['persistentvolumes', ['PersistentVolume', 'core/v1.PersistentVolume']],
  ['pods', ['Pod', 'core/v1.Pod']],
  ['pods/status', ['Pod', 'core/v1.Pod']],
  ['resourceclaims', ['ResourceClaim', 'resource/v1.ResourceClaim']],
  ['resourceslices', ['ResourceSlice', 'resource/v1.ResourceSlice']],
  ['runtimeclasses', ['RuntimeClass', 'node/v1.RuntimeClass']],
  ['secrets', ['Secret', 'core/v1.Secret']],
  ['serviceaccounts', ['ServiceAccount', 'core/v1.ServiceAccount']],
  ['serviceaccounts/token', ['TokenRequest', 'authentication/v1.TokenRequest']],
  ['services', ['Service', 'core/v1.Service']],
  ['storageclasses', ['StorageClass', 'storage/v1.StorageClass']],
  ['subjectaccessreviews', ['SubjectAccessReview', 'authorization/v1.SubjectAccessReview']],
  ['tokenreviews', ['TokenReview', 'authentication/v1.TokenReview']],
  ['volumeattachments', ['VolumeAttachment', 'storage/v1.VolumeAttachment']],
])

/** What an object at this path of the API must be; undefined for kinds that are not known here. */
function typeAt(path: string): AnswerType | undefined {
  const known = models.get(resourceOf(path))
  return known && { kind: known[0], check: typeCheck(known[1]) }
}

const whatever: TypeCheck = (value) => (isRecord(value) ? undefined : ': must be an object')

/**
 * The check of objects from this path, a list's items or a watch's objects too: of the kind that is served there, where the object says its kind, and each
 * field of its type. What is wrong is said as a sentence without the object's name.
 */
export function objectCheck(path: string): TypeCheck {
  const type = typeAt(path)
  if (!type) return whatever
  const { kind, check } = type
  return (value) => {
    if (isRecord(value) && typeof value.kind === 'string' && value.kind !== '' && value.kind !== kind) return `.kind: ${quoted(value.kind)} is not ${kind}`
    return check(value)
  }
}

/** The kind of a list from this path, where it is known. */
export const listKindAt = (path: string): string | undefined => {
  const type = typeAt(path)
  return type && `${type.kind}List`
}

export const quoted = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
