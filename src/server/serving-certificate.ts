import 'reflect-metadata'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

/** PEM of the certificate that 10250 shows. */
export interface ServingCertificate {
  readonly certificate: string
  readonly key: string
}

const yearMs = 365 * 24 * 3600_000

/**
 * The agent's own certificate, made once and kept as `kubelet.crt` and `kubelet.key` in the certificate directory, as a kubelet without
 * `--tls-cert-file` does. Made anew when it is unreadable, ends within a day, or lacks a name.
 */
export async function selfSignedCertificate(directory: string, names: readonly string[], now: number): Promise<ServingCertificate> {
  const paths = { certificate: join(directory, 'kubelet.crt'), key: join(directory, 'kubelet.key') }
  const kept = readKept(paths, names, now)
  if (kept) return kept
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0] ?? 'node'}`,
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + yearMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new x509.SubjectAlternativeNameExtension(names.map((name) => ({ type: isIP(name) ? ('ip' as const) : ('dns' as const), value: name }))),
    ],
  })
  const pem = { certificate: made.toString('pem'), key: x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY') }
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  for (const part of ['certificate', 'key'] as const) {
    writeFileSync(`${paths[part]}.new`, pem[part], { mode: 0o600 })
    renameSync(`${paths[part]}.new`, paths[part])
  }
  return pem
}

function readKept(paths: ServingCertificate, names: readonly string[], now: number): ServingCertificate | undefined {
  if (!existsSync(paths.certificate) || !existsSync(paths.key)) return undefined
  try {
    const pem = { certificate: readFileSync(paths.certificate, 'utf8'), key: readFileSync(paths.key, 'utf8') }
    const parsed = new x509.X509Certificate(pem.certificate)
    const covered = new Set(parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map((item) => item.value))
    return parsed.notAfter.getTime() > now + 24 * 3600_000 && names.every((name) => covered.has(name)) ? pem : undefined
  } catch {
    return undefined
  }
}
