import { readFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import type { Pod } from '../../../src/kube/objects.ts'
import { readInside, writeInside } from '../../../src/volumes/inside-file.ts'

const localhostLines = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
]

/** The host name inside a pod: `spec.hostname`, else the pod's name cut to 63 characters. */
export function podHostname(pod: Pod): string {
  return (pod.spec?.hostname || (pod.metadata?.name ?? '').slice(0, 63)).replace(/[-.]+$/, '')
}

/** The FQDN of a pod with a subdomain; undefined without. */
export function podFqdn(pod: Pod, clusterDomain: string): string | undefined {
  const { subdomain } = pod.spec ?? {}
  return subdomain && clusterDomain ? `${podHostname(pod)}.${subdomain}.${pod.metadata?.namespace}.svc.${clusterDomain}` : undefined
}

/** What the kubelet writes as /etc/hosts. `hostFile` is the node's own, which host-network pods see. */
export function etcHosts(pod: Pod, podIps: readonly string[], clusterDomain: string, hostFile: string): string {
  const names = [podFqdn(pod, clusterDomain), podHostname(pod)].filter((name) => name !== undefined).join('\t')
  const own = pod.spec?.hostNetwork
    ? ['# Kubernetes-managed hosts file (host network).', hostFile.trimEnd()]
    : ['# Kubernetes-managed hosts file.', ...localhostLines, ...podIps.map((ip) => `${ip}\t${names}`)]
  const aliases = (pod.spec?.hostAliases ?? []).map((alias) => [alias.ip, ...(alias.hostnames ?? [])].join('\t'))
  return `${[...own, ...(aliases.length > 0 ? ['', '# Entries added by HostAliases.', ...aliases] : [])].join('\n')}\n`
}

/** Writes the file that containers mount; in place when it is there, since a bind mount follows the inode. */
export async function writeEtcHosts(path: string, pod: Pod, podIps: readonly string[], clusterDomain: string): Promise<void> {
  const hostFile = pod.spec?.hostNetwork ? await readFile('/etc/hosts', 'utf8').catch(() => `${localhostLines.join('\n')}\n`) : ''
  const content = etcHosts(pod, podIps, clusterDomain, hostFile)
  const root = dirname(dirname(path))
  const name = relative(root, path)
  const bytes = Buffer.from(content)
  // Containers write to it, and may have made it as large as the disk.
  const present = await readInside(root, name, bytes.length + 1)
  if (present?.equals(bytes)) return
  await writeInside(root, name, content, 0o644)
}

/** Whether the container gets the managed file: not when it mounts something over it itself. */
export const mountsEtcHosts = (container: { volumeMounts?: { mountPath: string }[] }, podIps: readonly string[]): boolean =>
  podIps.length > 0 && !container.volumeMounts?.some((mount) => mount.mountPath === '/etc/hosts')
