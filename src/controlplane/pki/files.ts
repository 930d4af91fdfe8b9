import { createPrivateKey, X509Certificate } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Logger, silentLogger } from '../../base/log.ts'
import { makeDirectory } from '../../base/make-directory.ts'
import { keptPair } from '../../base/pair-file.ts'
import { readStateFile, removeHalfWritten, writeStateFile } from '../../base/state-file.ts'
import { alternativeNames, issueClient, issueServing, type KeyPair, makeAuthority, makeKey, notAfter } from './authority.ts'

/** Everything the API server signs and is known by. */
export interface ControlPlanePki {
  readonly authority: KeyPair
  readonly serving: KeyPair
  readonly admin: KeyPair
  /** With what the API server calls on nodes, as kubeadm issues it. */
  readonly nodeCaller: KeyPair
  /** Signs by what other API servers know this one when it says who asks, as kubeadm's front-proxy-ca. */
  readonly frontProxyAuthority: KeyPair
  readonly frontProxy: KeyPair
  /** ES256 key (PKCS#8 PEM) that signs service account tokens. */
  readonly serviceAccountKeyPem: string
  /** A client certificate of user `system:node:<name>` in group `system:nodes`; kept for the next start. */
  nodeClient(nodeName: string): Promise<KeyPair>
}

/** Issued anew when less than this is left. */
const renewBeforeMs = 30 * 24 * 3600_000

/**
 * Reads the keys and certificates of `directory`, making what is missing, damaged (set aside), near its end or not of the authority. Without a directory all of
 * it is made for this run. Throws `StateFileError` for a file that the system does not give.
 */
export async function loadPki(directory: string | undefined, addresses: readonly string[], now: number, log: Logger = silentLogger): Promise<ControlPlanePki> {
  if (directory) {
    await makeDirectory(directory, 0o700)
    await removeHalfWritten(directory)
  }
  const lasts = ({ certPem }: KeyPair) => notAfter(certPem) - now > renewBeforeMs
  const keep = (name: string, make: () => Promise<KeyPair>, serves: (pair: KeyPair) => boolean): Promise<KeyPair> =>
    directory ? keptPair(directory, name, { log, make, serves }) : make()
  const authority = await keep(
    'ca',
    () => makeAuthority('podsteward-ca', now),
    (pair) => lasts(pair) && new X509Certificate(pair.certPem).ca,
  )
  const issuer = new X509Certificate(authority.certPem)
  const isOurs = (pair: KeyPair) => lasts(pair) && new X509Certificate(pair.certPem).verify(issuer.publicKey)
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', hostname()]
  const ips = [...new Set(['127.0.0.1', '::1', '10.96.0.1', ...addresses])]
  const serving = await keep(
    'apiserver',
    () => issueServing(authority, 'kube-apiserver', [...new Set(names)], ips, now),
    (pair) => isOurs(pair) && addresses.every((address) => address === '::1' || alternativeNames(pair.certPem).includes(address)),
  )
  const client = (name: string, commonName: string, organization: string) =>
    keep(name, () => issueClient(authority, { commonName, organizations: [organization] }, now), isOurs)
  const admin = await client('admin', 'kubernetes-admin', 'system:masters')
  const nodeCaller = await client('apiserver-kubelet-client', 'kube-apiserver-kubelet-client', 'system:masters')
  const frontProxyAuthority = await keep(
    'front-proxy-ca',
    () => makeAuthority('front-proxy-ca', now),
    (pair) => lasts(pair) && new X509Certificate(pair.certPem).ca,
  )
  const frontProxy = await keep(
    'front-proxy-client',
    () => issueClient(frontProxyAuthority, { commonName: 'front-proxy-client', organizations: [] }, now),
    (pair) => lasts(pair) && new X509Certificate(pair.certPem).verify(new X509Certificate(frontProxyAuthority.certPem).publicKey),
  )
  const serviceAccountKeyPem = directory ? await keptKey(join(directory, 'sa.key'), log) : await makeKey()
  return {
    authority,
    serving,
    admin,
    nodeCaller,
    frontProxyAuthority,
    frontProxy,
    serviceAccountKeyPem,
    nodeClient(nodeName) {
      if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(nodeName)) throw new Error(`node name ${JSON.stringify(nodeName)} is not a DNS name`)
      return client(`node-${nodeName}`, `system:node:${nodeName}`, 'system:nodes')
    },
  }
}

/** ES256, as service account tokens are signed. */
async function keptKey(path: string, log: Logger): Promise<string> {
  const check = (text: string) => {
    if (createPrivateKey(text).asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('it is no P-256 key')
    return text
  }
  const kept = await readStateFile(path, check, log)
  if (kept !== undefined) return kept
  const made = await makeKey()
  await writeStateFile(path, made)
  return made
}
