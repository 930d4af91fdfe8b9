import type { CertificateSigningRequest, KubeObject } from '../../../../kube/objects.ts'
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../../../../kube/validation/field-errors.ts'
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
  subresources: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] }, statusSubresource('CertificateSigningRequest')],
  printer: csrPrinter,
  fields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '' }),
  prepareCreate(csr) {
    csr.status = {}
  },
  validate({ spec, status }) {
    const errors: FieldError[] = []
    if (!spec?.request) errors.push(required('spec.request'))
    else if (!/^-----BEGIN CERTIFICATE REQUEST-----/.test(Buffer.from(spec.request, 'base64').toString()))
      errors.push(invalid('spec.request', '<bytes>', 'PEM block type must be CERTIFICATE REQUEST'))
    if (!spec?.signerName) errors.push(required('spec.signerName'))
    else if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/.+$/.test(spec.signerName)) {
      errors.push(invalid('spec.signerName', spec.signerName, 'must be a fully qualified domain and path of the form "example.com/signer-name"'))
    }
    const usages = spec?.usages ?? []
    if (usages.length === 0) errors.push(required('spec.usages'))
    usages.forEach((usage, at) => {
      if (!knownUsages.includes(usage)) errors.push(notSupported(`spec.usages[${at}]`, usage, knownUsages))
      if (usages.indexOf(usage) < at) errors.push(duplicate(`spec.usages[${at}]`, usage))
    })
    if (spec?.expirationSeconds !== undefined && spec.expirationSeconds < 600)
      errors.push(invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 600 seconds (10 minutes)'))
    return [...errors, ...conditionErrors(status?.conditions ?? [])]
  },
  validateUpdate({ status }, previous) {
    const conditions = status?.conditions ?? []
    const lost = decisions(previous.status?.conditions).filter(({ type }) => !conditions.some((each) => each.type === type))
    return [
      ...lost.map(({ type }) => forbidden('status.conditions', `updates may not remove a condition of type ${JSON.stringify(type)}`)),
      ...conditionErrors(conditions),
      ...(previous.status?.certificate && status?.certificate !== previous.status.certificate
        ? [forbidden('status.certificate', 'updates may not set certificate content different to existing certificate content')]
        : []),
    ]
  },
})

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

function conditionErrors(conditions: readonly Condition[]): FieldError[] {
  const errors = conditions.flatMap(({ type, status }, at) => {
    const field = `status.conditions[${at}]`
    const fixed = type === 'Approved' || type === 'Denied' || type === 'Failed'
    if (!type) return [required(`${field}.type`)]
    if (fixed && status !== 'True') return [notSupported(`${field}.status`, status, ['True'])]
    return conditions.findIndex((each) => each.type === type) < at ? [duplicate(`${field}.type`, type)] : []
  })
  if (decisions(conditions).length < 2) return errors
  return [...errors, invalid('status.conditions', 'Approved,Denied', 'Approved and Denied conditions are mutually exclusive')]
}
