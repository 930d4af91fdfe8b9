import 'reflect-metadata'
import { createPrivateKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
// RFC 5280: the object identifier of the extension.
const subjectAlternativeName = '2.5.29.17'
const year = 365 * 24 * 3600_000
/** A certificate is valid from a little earlier, for machines whose clocks differ. */
const backdateMs = 5 * 60_000

/** A certificate and its private key (PKCS#8), both PEM. */
export interface KeyPair {
  readonly certPem: string
  readonly keyPem: string
}

/** Who a client certificate names: CN is the user, each O a group. */
export interface Subject {
  readonly commonName: string
  readonly organizations: readonly string[]
}

/** Makes an ES256 private key as PKCS#8 PEM. */
export async function makeKey(): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  return exportKey(keys.privateKey)
}

/** Makes a self-signed certificate authority, valid ten years from `now` (ms since epoch). */
export async function makeAuthority(commonName: string, now: number): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(now + 10 * year),
    keys: keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certPem: pem(certificate), keyPem: await exportKey(keys.privateKey) }
}

/** Issues a client certificate for `subject`, valid one year from `now`. */
export function issueClient(authority: KeyPair, subject: Subject, now: number): Promise<KeyPair> {
  return issue(authority, subject, [x509.ExtendedKeyUsage.clientAuth], [], now)
}

/** Issues a serving certificate for names and IP addresses, valid one year from `now`. */
export function issueServing(authority: KeyPair, commonName: string, names: readonly string[], addresses: readonly string[], now: number): Promise<KeyPair> {
  const alternatives: x509.JsonGeneralName[] = [
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ]
  return issue(authority, { commonName, organizations: [] }, [x509.ExtendedKeyUsage.serverAuth], alternatives, now)
}

/**
 * Signs the public key and subject of a certificate request (PEM, PKCS#10), as the CSR signers do.
 * Throws when the request's own signature does not verify.
 */
export async function signRequest(authority: KeyPair, requestPem: string, usages: readonly string[], validMs: number, now: number) {
  const request = new x509.Pkcs10CertificateRequest(requestPem)
  if (!(await request.verify())) throw new Error('the certificate request is not signed by its own key')
  return certify(authority, {
    subject: request.subject,
    publicKey: request.publicKey,
    // A short life must not be over mostly when it begins.
    notBefore: now - Math.min(backdateMs, validMs / 10),
    notAfter: now + validMs,
    keyEncipherment: usages.includes('key encipherment'),
    usages: [
      ...(usages.includes('client auth') ? [x509.ExtendedKeyUsage.clientAuth] : []),
      ...(usages.includes('server auth') ? [x509.ExtendedKeyUsage.serverAuth] : []),
    ],
    alternatives: request.getExtension(subjectAlternativeName) ?? undefined,
  })
}

/** When the certificate ends, in milliseconds since the epoch. */
export function notAfter(certPem: string): number {
  return new x509.X509Certificate(certPem).notAfter.getTime()
}

/** The names and addresses a certificate serves, to see whether it must be issued anew. */
export function alternativeNames(certPem: string): string[] {
  const extension = new x509.X509Certificate(certPem).getExtension(subjectAlternativeName)
  return extension instanceof x509.SubjectAlternativeNameExtension ? extension.names.items.map((name) => name.value) : []
}

/** A PEM private key as node:crypto takes it. */
export const privateKeyObject = (keyPem: string): KeyObject => createPrivateKey(keyPem)

async function issue(
  authority: KeyPair,
  subject: Subject,
  usages: x509.ExtendedKeyUsage[],
  alternatives: x509.JsonGeneralName[],
  now: number,
): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certPem = await certify(authority, {
    subject: [...subject.organizations.map((organization) => ({ O: [organization] })), { CN: [subject.commonName] }],
    publicKey: keys.publicKey,
    notBefore: now - backdateMs,
    notAfter: now + year,
    keyEncipherment: true,
    usages,
    alternatives: alternatives.length > 0 ? new x509.SubjectAlternativeNameExtension(alternatives) : undefined,
  })
  return { certPem, keyPem: await exportKey(keys.privateKey) }
}

/** What an authority certifies of one who is none itself. Times in milliseconds since the epoch. */
interface Certified {
  readonly subject: x509.X509CertificateCreateParamsName
  readonly publicKey: x509.PublicKeyType
  readonly notBefore: number
  readonly notAfter: number
  readonly keyEncipherment: boolean
  readonly usages: x509.ExtendedKeyUsage[]
  readonly alternatives: x509.Extension | undefined
}

async function certify(authority: KeyPair, { subject, publicKey, usages, alternatives, keyEncipherment, ...times }: Certified): Promise<string> {
  const issuer = new x509.X509Certificate(authority.certPem)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    issuer: issuer.subject,
    subject,
    notBefore: new Date(times.notBefore),
    notAfter: new Date(times.notAfter),
    publicKey,
    signingKey: await importKey(authority.keyPem),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | (keyEncipherment ? x509.KeyUsageFlags.keyEncipherment : 0), true),
      new x509.ExtendedKeyUsageExtension(usages),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(alternatives ? [alternatives] : []),
    ],
  })
  return pem(certificate)
}

const pem = (certificate: x509.X509Certificate) => `${certificate.toString('pem')}\n`

// A serial must be positive: the first bit stays clear.
const serial = () => `0${randomBytes(15).toString('hex')}1`

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`
}

function importKey(keyPem: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(keyPem)
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign'])
}
