import { dirname, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { readRegularFileSync } from '../base/regular-file.ts'
import { writeStateFile } from '../base/state-file.ts'
import { accessFromKubeconfig } from '../kube/credentials.ts'
import { readKubeconfig } from '../kube/kubeconfig.ts'
import { writeYaml } from '../yaml/write-yaml.ts'
import { type Certificate, readCertificate } from './certificate.ts'

/**
 * The client certificate a kubeconfig names, with its key, if it is in force. Undefined for one that is not there, cannot be read, names none or whose
 * certificate has ended: the node must be bootstrapped then (kubelet 1.32, `isClientConfigStillValid`).
 */
export async function kubeconfigCertificate(path: string, clock: Clock): Promise<Certificate | undefined> {
  try {
    const { cert, key } = await accessFromKubeconfig(path, clock).tls()
    const certificate = readCertificate(String(cert ?? ''), String(key ?? ''))
    return certificate.notAfter > clock.wall() ? certificate : undefined
  } catch {
    return undefined
  }
}

/** Writes a kubeconfig for the bootstrap kubeconfig's server whose client certificate and key are in the file `pemPath`, in a kubelet's words. */
export async function writeBootstrappedKubeconfig(path: string, bootstrapPath: string, pemPath: string): Promise<void> {
  const { cluster } = readKubeconfig(readRegularFileSync(bootstrapPath), dirname(resolve(bootstrapPath)))
  const text = writeYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'default-cluster',
        cluster: {
          server: cluster?.server,
          ...(cluster?.caFile ? { 'certificate-authority': cluster.caFile } : { 'certificate-authority-data': cluster?.caData }),
          ...(cluster?.skipTLSVerify && { 'insecure-skip-tls-verify': true }),
          ...(cluster?.tlsServerName && { 'tls-server-name': cluster.tlsServerName }),
          ...(cluster?.proxyUrl && { 'proxy-url': cluster.proxyUrl }),
        },
      },
    ],
    users: [{ name: 'default-auth', user: { 'client-certificate': pemPath, 'client-key': pemPath } }],
    contexts: [{ name: 'default-context', context: { cluster: 'default-cluster', user: 'default-auth', namespace: 'default' } }],
    'current-context': 'default-context',
    preferences: {},
  })
  await writeStateFile(path, text)
}
