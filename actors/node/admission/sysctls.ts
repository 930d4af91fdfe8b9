import type { Pod } from '../../../src/kube/objects.ts'

/** kubelet 1.32: what any pod may set, since each has its own and none can harm the node. */
const safe: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
])
const ipc = ['kernel.msg', 'kernel.sem', 'kernel.shm', 'fs.mqueue.']

/** Why the pod may not set a sysctl that it asks for; undefined when it may. `allowed` is --allowed-unsafe-sysctls, names or prefixes with `*`. */
export function forbiddenSysctl(pod: Pod, allowed: readonly string[]): string | undefined {
  for (const { name } of pod.spec?.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll('/', '.')
    if (!safe.has(dotted) && !allowed.some((pattern) => (pattern.endsWith('*') ? dotted.startsWith(pattern.slice(0, -1)) : dotted === pattern))) {
      return `forbidden sysctl: "${name}" not allowlisted`
    }
    if (pod.spec?.hostNetwork && dotted.startsWith('net.')) return `forbidden sysctl: "${name}" not allowed with host net enabled`
    if (pod.spec?.hostIPC && ipc.some((prefix) => dotted.startsWith(prefix))) return `forbidden sysctl: "${name}" not allowed with host ipc enabled`
  }
  return undefined
}
