import { X509Certificate } from 'node:crypto'
import { type ApprovalState, approvalOf, isProtectedGroup } from '../../apiserver/custom/approval.ts'
import {
  type CrdCondition,
  type CrdStatus,
  type CustomResourceDefinition,
  conditionOf,
  withCondition,
} from '../../apiserver/custom/custom-resource-definition.ts'
import { validateStructural } from '../../apiserver/custom/schema/structural.ts'
import { acceptNames, establish } from './names.ts'

type Finding = Omit<CrdCondition, 'lastTransitionTime'>

/**
 * The status that a definition is to have, beside the others of its cluster. The same value when nothing changes. `time`: RFC 3339.
 * Of schemas that were looked at before nothing new is said.
 */
export function statusOf(crd: CustomResourceDefinition, others: Iterable<CustomResourceDefinition>, time: string, lookedAt = false): CrdStatus | undefined {
  const { acceptedNames, namesAccepted } = acceptNames(crd, others)
  const found: readonly (Finding | undefined)[] = [
    namesAccepted,
    establish(crd, namesAccepted, caFaultOf(crd)),
    approvalCondition(crd),
    lookedAt ? undefined : nonStructural(crd),
  ]
  let conditions = crd.status?.conditions ?? []
  for (const finding of found) if (finding && !isSaid(crd, finding)) conditions = withCondition(conditions, finding, time)
  if (!lookedAt && !found[3]) conditions = conditions.filter(({ type }) => type !== 'NonStructuralSchema')
  const unchanged = conditions.length === crd.status?.conditions?.length && conditions.every((each) => crd.status?.conditions?.includes(each))
  if (unchanged && JSON.stringify(acceptedNames) === JSON.stringify(crd.status?.acceptedNames)) return crd.status
  return { ...crd.status, conditions, acceptedNames }
}

function isSaid(crd: CustomResourceDefinition, { type, status, reason, message }: Finding): boolean {
  const old = conditionOf(crd, type)
  return old?.status === status && old.reason === reason && old.message === message
}

/** Why the certificates of the conversion webhook cannot be read. */
function caFaultOf({ spec }: CustomResourceDefinition): string | undefined {
  const bundle = spec.conversion?.webhook?.clientConfig?.caBundle
  if (!bundle) return undefined
  const certificates = Buffer.from(bundle, 'base64')
    .toString()
    .match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)
  if (!certificates) return 'there is no certificate in it'
  try {
    for (const pem of certificates) new X509Certificate(pem)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const approvals: Readonly<Record<ApprovalState, readonly [status: string, reason: string]>> = {
  invalid: ['False', 'InvalidAnnotation'],
  missing: ['False', 'MissingAnnotation'],
  approved: ['True', 'ApprovedAnnotation'],
  bypassed: ['False', 'UnapprovedAnnotation'],
}

function approvalCondition(crd: CustomResourceDefinition): Finding | undefined {
  if (!isProtectedGroup(crd.spec.group)) return undefined
  const { state, reason: message } = approvalOf(crd)
  const [status, reason] = approvals[state]
  return { type: 'KubernetesAPIApprovalPolicyConformant', status, reason, message }
}

/** Of definitions from before schemas had to be structural. */
function nonStructural({ spec }: CustomResourceDefinition): Finding | undefined {
  const errors = spec.versions.flatMap(({ schema }, index) =>
    schema?.openAPIV3Schema ? validateStructural(schema.openAPIV3Schema, `spec.versions[${index}].schema.openAPIV3Schema`) : [],
  )
  const texts = [...(spec.preserveUnknownFields ? ['spec.preserveUnknownFields: Invalid value: true: must be false'] : [])]
  for (const { field, message } of errors) texts.push(`${field}: ${message}`)
  if (texts.length === 0) return undefined
  const message = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
  return { type: 'NonStructuralSchema', status: 'True', reason: 'Violations', message }
}
