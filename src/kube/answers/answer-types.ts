import { resourceOf } from '../resource-of.ts'
import { isRecord, type TypeCheck, typeCheck } from './type-check.ts'

interface AnswerType {
  /** As an answer names it, where it does. */
  readonly kind: string
  readonly check: TypeCheck
}

/** What the agent asks for, by resource as `resourceOf` names it, with the client library's name of its type. */
const models: ReadonlyMap<string, readonly [kind: string, model: string]> = new Map([
  ['certificatesigningrequests', ['CertificateSigningRequest', 'V1CertificateSigningRequest']],
  ['clustertrustbundles', ['ClusterTrustBundle', 'V1beta1ClusterTrustBundle']],
  ['configmaps', ['ConfigMap', 'V1ConfigMap']],
  ['csidrivers', ['CSIDriver', 'V1CSIDriver']],
  ['csinodes', ['CSINode', 'V1CSINode']],
  ['events', ['Event', 'CoreV1Event']],
  ['leases', ['Lease', 'V1Lease']],
  ['nodes', ['Node', 'V1Node']],
  ['nodes/status', ['Node', 'V1Node']],
  ['persistentvolumeclaims', ['PersistentVolumeClaim', 'V1PersistentVolumeClaim']],
  ['persistentvolumeclaims/status', ['PersistentVolumeClaim', 'V1PersistentVolumeClaim']],
  ['persistentvolumes', ['PersistentVolume', 'V1PersistentVolume']],
  ['pods', ['Pod', 'V1Pod']],
  ['pods/status', ['Pod', 'V1Pod']],
  ['resourceclaims', ['ResourceClaim', 'ResourceV1ResourceClaim']],
  ['resourceslices', ['ResourceSlice', 'V1ResourceSlice']],
  ['runtimeclasses', ['RuntimeClass', 'V1RuntimeClass']],
  ['secrets', ['Secret', 'V1Secret']],
  ['serviceaccounts', ['ServiceAccount', 'V1ServiceAccount']],
  ['serviceaccounts/token', ['TokenRequest', 'AuthenticationV1TokenRequest']],
  ['services', ['Service', 'V1Service']],
  ['storageclasses', ['StorageClass', 'V1StorageClass']],
  ['subjectaccessreviews', ['SubjectAccessReview', 'V1SubjectAccessReview']],
  ['tokenreviews', ['TokenReview', 'V1TokenReview']],
  ['volumeattachments', ['VolumeAttachment', 'V1VolumeAttachment']],
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
