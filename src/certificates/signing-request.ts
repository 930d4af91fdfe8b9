import { KeyObject, webcrypto } from 'node:crypto'
import type { JsonGeneralName } from '@peculiar/x509'
import type { CertificateTemplate } from './template.ts'
import { x509Later } from './x509-later.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Makes a new key (ECDSA P-256, as client-go) and a certificate request (PKCS#10) for it, both PEM. */
export async function makeSigningRequest(template: CertificateTemplate): Promise<{ readonly requestPem: string; readonly keyPem: string }> {
  const x509 = x509Later()
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const names: JsonGeneralName[] = [
    ...template.dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...template.ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ]
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...template.organizations.map((organization) => ({ O: [organization] })), { CN: [template.commonName] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  })
  return { requestPem: `${request.toString('pem')}\n`, keyPem: KeyObject.from(keys.privateKey).export({ type: 'sec1', format: 'pem' }) as string }
}
