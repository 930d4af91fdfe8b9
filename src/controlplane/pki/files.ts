import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { alternativeNames, issueClient, issueServing, type KeyPair, makeAuthority, makeKey, notAfter } from './authority.ts'

/** Everything the API server signs and is known by. */
export interface ControlPlanePki {
  readonly authority: KeyPair
  readonly serving: KeyPair
  readonly admin: KeyPair
  /** With what the API server calls on nodes, as kubeadm issues it. */
  readonly nodeCaller: KeyPair
  /** ES256 key (PKCS#8 PEM) that signs service account tokens. */
  readonly serviceAccountKeyPem: string
  /** A client certificate of user `system:node:<name>` in group `system:nodes`; kept for the next start. */
  nodeClient(nodeName: string): Promise<KeyPair>
}

/** Issued anew when less than this is left. */
const renewBeforeMs = 30 * 24 * 3600_000

/** Reads the keys and certificates of `directory`, making what is missing or near its end. Without a directory all of it is made for this run. */
export async function loadPki(directory: string | undefined, addresses: readonly string[], now: number): Promise<ControlPlanePki> {
  if (directory) await mkdir(directory, { recursive: true, mode: 0o700 })
  const authority = await keepPair(directory, 'ca', now, () => makeAuthority('podsteward-ca', now))
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', hostname()]
  const ips = [...new Set(['127.0.0.1', '::1', '10.96.0.1', ...addresses])]
  const serving = await keepPair(
    directory,
    'apiserver',
    now,
    () => issueServing(authority, 'kube-apiserver', [...new Set(names)], ips, now),
    (pair) => addresses.every((address) => address === '::1' || alternativeNames(pair.certPem).includes(address)),
  )
  const admin = await keepPair(directory, 'admin', now, () =>
    issueClient(authority, { commonName: 'kubernetes-admin', organizations: ['system:masters'] }, now),
  )
  const nodeCaller = await keepPair(directory, 'apiserver-kubelet-client', now, () =>
    issueClient(authority, { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] }, now),
  )
  const serviceAccountKeyPem = await keepFile(directory, 'sa.key', makeKey)
  return {
    authority,
    serving,
    admin,
    nodeCaller,
    serviceAccountKeyPem,
    nodeClient(nodeName) {
      if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(nodeName)) throw new Error(`node name ${JSON.stringify(nodeName)} is not a DNS name`)
      const subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] }
      return keepPair(directory, `node-${nodeName}`, now, () => issueClient(authority, subject, now))
    },
  }
}

async function keepPair(
  directory: string | undefined,
  name: string,
  now: number,
  make: () => Promise<KeyPair>,
  stillFits: (pair: KeyPair) => boolean = () => true,
): Promise<KeyPair> {
  if (!directory) return make()
  const certPem = await readIfThere(join(directory, `${name}.crt`))
  const keyPem = await readIfThere(join(directory, `${name}.key`))
  if (certPem && keyPem && notAfter(certPem) - now > renewBeforeMs && stillFits({ certPem, keyPem })) return { certPem, keyPem }
  const pair = await make()
  await writePrivate(join(directory, `${name}.key`), pair.keyPem)
  await writePrivate(join(directory, `${name}.crt`), pair.certPem)
  return pair
}

async function keepFile(directory: string | undefined, name: string, make: () => Promise<string>): Promise<string> {
  if (!directory) return make()
  const path = join(directory, name)
  const kept = await readIfThere(path)
  if (kept) return kept
  const made = await make()
  await writePrivate(path, made)
  return made
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

// By rename, so that a crash leaves the old file or the new one.
async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
