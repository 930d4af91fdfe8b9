import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type Logger, silentLogger } from '../base/log.ts'
import { keptPair, type PemPair } from '../base/pair-file.ts'
import { removeHalfWritten } from '../base/state-file.ts'
import { x509Date, x509Later } from '../certificates/x509-later.ts'

/** PEM of the certificate that 10250 shows. */
export interface ServingCertificate {
  readonly certificate: string
  readonly key: string
}

const yearMs = 365 * 24 * 3600_000

/**
 * The agent's own certificate, made once and kept as `kubelet.crt` and `kubelet.key` in the certificate directory, as a kubelet without
 * `--tls-cert-file` does. Made anew when it is damaged (set aside), ends within a day, or lacks a name. Throws `StateFileError`.
 */
export async function selfSignedCertificate(directory: string, names: readonly string[], now: number, log: Logger = silentLogger): Promise<ServingCertificate> {
  await removeHalfWritten(directory)
  const { certPem, keyPem } = await keptPair(directory, 'kubelet', { log, serves: (pair) => covers(pair, names, now), make: () => makeSelfSigned(names, now) })
  return { certificate: certPem, key: keyPem }
}

async function makeSelfSigned(names: readonly string[], now: number): Promise<PemPair> {
  const x509 = x509Later()
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0] ?? 'node'}`,
    notBefore: x509Date(now - 60_000),
    notAfter: x509Date(now + yearMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new x509.SubjectAlternativeNameExtension(names.map((name) => ({ type: isIP(name) ? ('ip' as const) : ('dns' as const), value: name }))),
    ],
  })
  return { certPem: made.toString('pem'), keyPem: x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY') }
}

function covers({ certPem }: PemPair, names: readonly string[], now: number): boolean {
  const parsed = new X509Certificate(certPem)
  const covered = (name: string) => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name, { subject: 'never', wildcards: false })) !== undefined
  return parsed.validToDate.getTime() > now + 24 * 3600_000 && names.every(covered)
}
