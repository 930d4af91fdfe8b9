import { canonicalIp } from '../base/canonical-ip.ts'
import { checkPair } from '../base/pair-file.ts'
import type { Validity } from './renewal-time.ts'
import type { CertificateTemplate } from './template.ts'
import { x509Later } from './x509-later.ts'

/** A certificate with its key, both PEM, and what it says. */
export interface Certificate extends Validity, CertificateTemplate {
  /** The certificate first, then the chain. */
  readonly certPem: string
  readonly keyPem: string
}

/** Reads a pair; throws when one of them cannot be read or the key is not the certificate's. */
export function readCertificate(certPem: string, keyPem: string): Certificate {
  checkPair({ certPem, keyPem })
  const x509 = x509Later()
  const certificate = new x509.X509Certificate(certPem)
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? []
  const field = (name: string) => certificate.subjectName.getField(name)
  return {
    certPem,
    keyPem,
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
    commonName: field('CN')[0] ?? '',
    organizations: field('O'),
    dnsNames: names.filter(({ type }) => type === 'dns').map(({ value }) => value),
    ipAddresses: names.filter(({ type }) => type === 'ip').map(({ value }) => canonicalIp(value)),
  }
}
