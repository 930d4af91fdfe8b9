import { certificatesFault, requestFault } from '../../../../certificates/request-fault.ts'
import type { CertificateSigningRequest, KubeObject } from '../../../../kube/objects.ts'
import { duplicate, eachOf, type FieldError, forbidden, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
import { validateSignerName } from '../../../../kube/validation/formats.ts'
import { humanDuration } from '../../table/ages.ts'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind, type Kind, statusSubresource } from '../kind.ts'

type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number]

const knownUsages = [
  ...['signing', 'digital signature', 'content commitment', 'key encipherment', 'key agreement', 'data encipherment', 'cert sign', 'crl sign'],
  ...['encipher only', 'decipher only', 'any', 'server auth', 'client auth', 'code signing', 'email protection', 's/mime', 'ipsec end system'],
  ...['ipsec tunnel', 'ipsec user', 'timestamping', 'ocsp signing', 'microsoft sgc', 'netscape sgc'],
]

const csrPrinter = printer<CertificateSigningRequest>(
  columns(['Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition']),
  ({ spec, status, ...csr }, now) => {
    const has = (type: string) => status?.conditions?.some((condition) => condition.type === type)
    const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'
    const requested = spec.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000)
    const condition = [decision, ...(has('Failed') ? ['Failed'] : []), ...(status?.certificate ? ['Issued'] : [])].join(',')
    return [nameOf(csr), ageOf(csr, now), spec.signerName, spec.username ?? '', requested, condition]
  },
)

const rules = defineKind<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  resource: 'certificatesigningrequests',
  kind: 'CertificateSigningRequest',
  namespaced: false,
  shortNames: ['csr'],
  nameRule: 'any',
  subresources: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] }, statusSubresource('CertificateSigningRequest')],
  printer: csrPrinter,
  fields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '' }),
  prepareCreate(csr) {
    csr.status = {}
  },
  validate: (csr, previous) => validateRequest(csr, previous),
  validateUpdate(next, previous, subresource) {
    const { status, spec } = next
    const before = previous.status?.certificate ?? ''
    const certificate = status?.certificate ?? ''
    const fault = certificate === before ? undefined : certificatesFault(Buffer.from(certificate, 'base64').toString())
    return [
      ...(subresource === undefined ? [] : validateRequest({ ...next, spec }, previous)),
      ...(fault === undefined ? [] : [invalid('status.certificate', '<certificate data>', fault)]),
      ...lostConditions(status?.conditions, previous.status?.conditions),
      ...(before !== '' && certificate !== before ? [forbidden('status.certificate', 'updates may not modify existing certificate content')] : []),
    ]
  },
})

function validateRequest({ spec, status }: CertificateSigningRequest, previous?: CertificateSigningRequest): FieldError[] {
  const errors: FieldError[] = []
  const request = spec?.request ?? ''
  const fault = request === previous?.spec.request ? undefined : requestFault(Buffer.from(request, 'base64').toString())
  if (fault !== undefined) errors.push(invalid('spec.request', request || null, fault))
  const usages: readonly string[] = spec?.usages ?? []
  if (usages.length === 0) errors.push(required('spec.usages'))
  const [unknown, twice] = [previous?.spec.usages?.some((usage) => !knownUsages.includes(usage)), hasTwice(previous?.spec.usages ?? [])]
  if (!unknown) errors.push(...eachOf('spec.usages', usages, (at, usage) => (knownUsages.includes(usage) ? [] : [notSupported(at, usage, knownUsages)])))
  if (!twice) errors.push(...eachOf('spec.usages', usages, (at, usage, index) => (usages.indexOf(usage) < index ? [duplicate(at, usage)] : [])))
  const signer = spec?.signerName ?? ''
  if (signer === legacySigner) errors.push(invalid('spec.signerName', signer, 'the legacy signerName is not allowed via this API version'))
  else errors.push(...validateSignerName('spec.signerName', signer))
  if (spec?.expirationSeconds !== undefined && spec.expirationSeconds < 600)
    errors.push(invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)'))
  return [...errors, ...conditionErrors(status?.conditions ?? [], previous?.status?.conditions ?? [])]
}

const legacySigner = 'kubernetes.io/legacy-unknown'
const hasTwice = (items: readonly string[]) => new Set(items).size < items.length

/** What was decided stays decided. */
const lostConditions = (now: readonly Condition[] = [], before: readonly Condition[] = []): FieldError[] =>
  ['Approved', 'Denied', 'Failed']
    .filter((type) => now.filter((each) => each.type === type).length < before.filter((each) => each.type === type).length)
    .map((type) => forbidden('status.conditions', `updates may not remove a condition of type ${JSON.stringify(type)}`))

/** certificates.k8s.io/v1 CertificateSigningRequest: `approval` decides on it, `status` hands out the certificate, neither does the other's part. */
export const certificateSigningRequests: Kind = {
  ...rules,
  prepareUpdate(next: KubeObject, previous: KubeObject, subresource) {
    const csr = next as CertificateSigningRequest
    const { spec, status = {} } = previous as CertificateSigningRequest
    const given = csr.status?.conditions ?? []
    csr.spec = spec
    if (subresource === 'approval') csr.status = { ...status, conditions: given.length > 0 ? given : undefined }
    else if (subresource === 'status') {
      const others = given.filter(({ type }) => type !== 'Approved' && type !== 'Denied')
      const conditions = [...decisions(status.conditions), ...others]
      csr.status = { ...csr.status, conditions: conditions.length > 0 ? conditions : undefined }
    } else csr.status = status
  },
}

const decisions = (conditions: readonly Condition[] = []) => conditions.filter(({ type }) => type === 'Approved' || type === 'Denied')

function conditionErrors(conditions: readonly Condition[], previous: readonly Condition[]): FieldError[] {
  // What was stored so may stay so.
  const allowTwice = hasTwice(previous.map(({ type }) => type))
  const allowBoth = new Set(decisions(previous).map(({ type }) => type)).size > 1
  const allowUntyped = previous.some(({ type }) => !type)
  return eachOf('status.conditions', conditions, (at, { type, status }, index) => {
    const errors = type || allowUntyped ? [] : [required(`${at}.type`)]
    const allowed = type === 'Approved' || type === 'Denied' || type === 'Failed' ? ['True'] : ['False', 'True', 'Unknown']
    if (!status) errors.push(required(`${at}.status`))
    else if (!allowed.includes(status)) errors.push(notSupported(`${at}.status`, status, allowed))
    const before = conditions.slice(0, index)
    const other = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined
    if (!allowBoth && other && before.some((each) => each.type === other))
      errors.push(invalid(`${at}.type`, type, 'Approved and Denied conditions are mutually exclusive'))
    if (!allowTwice && before.some((each) => each.type === type)) errors.push(duplicate(`${at}.type`, type))
    return errors
  })
}
