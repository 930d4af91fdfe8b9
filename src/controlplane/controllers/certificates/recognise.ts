import 'reflect-metadata'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import type { CertificateSigningRequest } from '../../../kube/objects.ts'

/** Signers of this control plane: kube-controller-manager's, but for the legacy one. */
export const signers = {
  kubeletClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  kubeletServing: 'kubernetes.io/kubelet-serving',
  client: 'kubernetes.io/kube-apiserver-client',
} as const

interface Asked {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly names: readonly { readonly type: string; readonly value: string }[]
}

/** What a CSR asks for; throws when it is no certificate request. */
export function readRequest({ spec }: CertificateSigningRequest): Asked {
  const request = new x509.Pkcs10CertificateRequest(Buffer.from(spec.request, 'base64').toString())
  const names = request.getExtension('2.5.29.17')
  return {
    commonName: request.subjectName.getField('CN')[0] ?? '',
    organizations: request.subjectName.getField('O'),
    names: names instanceof x509.SubjectAlternativeNameExtension ? names.names.items : [],
  }
}

/** Why the signer it names does not sign this request; undefined when it does. The words of k8s.io/kubernetes `pkg/apis/certificates/helpers.go`. */
export function refusalOf(csr: CertificateSigningRequest): string | undefined {
  const { signerName, usages = [] } = csr.spec
  let asked: Asked
  try {
    asked = readRequest(csr)
  } catch {
    return 'unable to parse csr'
  }
  switch (signerName) {
    case signers.kubeletClient:
      return nodeName(asked) ?? (asked.names.length > 0 ? 'DNS, IP, email and URI subjectAltNames are not allowed' : usageRefusal(usages, 'client auth'))
    case signers.kubeletServing:
      return nodeName(asked) ?? servingNames(asked) ?? usageRefusal(usages, 'server auth')
    case signers.client:
      return clientUsageRefusal(usages)
    default:
      return undefined
  }
}

function nodeName({ organizations, commonName }: Asked): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== 'system:nodes') return 'subject organization is not system:nodes'
  return commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:'
}

function servingNames({ names }: Asked): string | undefined {
  if (names.length === 0) return 'DNS or IP subjectAltName is required'
  const wrong = names.some(({ type, value }) => !(type === 'dns' || (type === 'ip' && isIP(value))))
  return wrong ? 'Email and URI subjectAltNames are not allowed' : undefined
}

function usageRefusal(usages: readonly string[], purpose: string): string | undefined {
  const required = ['digital signature', purpose]
  const allowed = [...required, 'key encipherment']
  const fits = required.every((usage) => usages.includes(usage)) && usages.every((usage) => allowed.includes(usage))
  return fits ? undefined : `usages did not match ${JSON.stringify(allowed)}`
}

/** Of clients that are no kubelets: only `client auth` has to be asked for (pkg/controller/certificates/signer). */
function clientUsageRefusal(usages: readonly string[]): string | undefined {
  const other = usages.find((usage) => !['digital signature', 'key encipherment', 'client auth'].includes(usage))
  if (other !== undefined) return `invalid usage for client certificate: ${other}`
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth'
}

export const hasCondition = ({ status }: CertificateSigningRequest, type: string): boolean =>
  status?.conditions?.some((condition) => condition.type === type) ?? false
