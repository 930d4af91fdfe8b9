import { isIP } from 'node:net'
import { canonicalIp } from '../base/canonical-ip.ts'
import type { NodeStatus } from '../kube/objects.ts'

/** Whom a certificate is to name. */
export interface CertificateTemplate {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}

/** The node as a client of the API server. */
export const clientTemplate = (nodeName: string): CertificateTemplate => ({
  commonName: `system:node:${nodeName}`,
  organizations: ['system:nodes'],
  dnsNames: [],
  ipAddresses: [],
})

/** The node as a server, at its addresses. Undefined while it has no IP address: such a request is not made (kubelet 1.32, `newGetTemplateFn`). */
export function servingTemplate(nodeName: string, addresses: NonNullable<NodeStatus['addresses']>): CertificateTemplate | undefined {
  const dnsNames = new Set<string>()
  const ipAddresses = new Set<string>()
  for (const { type, address } of addresses) {
    if (isIP(address)) ipAddresses.add(canonicalIp(address))
    else if (type === 'Hostname' || type === 'InternalDNS' || type === 'ExternalDNS') dnsNames.add(address)
  }
  if (ipAddresses.size === 0) return undefined
  return { ...clientTemplate(nodeName), dnsNames: [...dnsNames].sort(), ipAddresses: [...ipAddresses].sort() }
}

/** Whether a certificate names all that is wanted; it may name more. */
export function satisfies(certificate: CertificateTemplate, wanted: CertificateTemplate): boolean {
  const has = (own: readonly string[], needed: readonly string[]) => needed.every((name) => own.includes(name))
  return (
    certificate.commonName === wanted.commonName &&
    has(certificate.organizations, wanted.organizations) &&
    has(certificate.dnsNames, wanted.dnsNames) &&
    has(certificate.ipAddresses, wanted.ipAddresses)
  )
}

/** Whether a request for one is a request for the other. */
export const sameTemplate = (a: CertificateTemplate | undefined, b: CertificateTemplate | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)
