import type { Container } from '../../../../kube/objects.ts'
import { type Check, type Checked, containersOf, containersText, inUserNamespace, plural, quoted, settersText, sorted, type Violation } from './words.ts'

/** Names of the containers of which `values` finds some, and what it found. */
function found(pod: Checked, values: (container: Container) => readonly string[]): { readonly names: string[]; readonly values: string[] } {
  const bad = containersOf(pod.spec).flatMap((container) => {
    const of = values(container)
    return of.length > 0 ? [{ name: container.name, of }] : []
  })
  return { names: bad.map(({ name }) => name), values: sorted(bad.flatMap(({ of }) => of)) }
}

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'

export const appArmorProfile: Check = (pod) => {
  const isBad = (type: string | undefined) => type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost'
  const own = pod.spec.securityContext?.appArmorProfile?.type
  const { names, values } = found(pod, ({ securityContext }) => {
    const type = securityContext?.appArmorProfile?.type
    return isBad(type) ? [type ?? ''] : []
  })
  const annotations = Object.entries(pod.metadata?.annotations ?? {})
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort()
  const all = [...sorted([...(isBad(own) ? [own ?? ''] : []), ...values]), ...annotations]
  const setters = [settersText(isBad(own), names), ...(annotations.length > 0 ? [plural(annotations.length, 'annotation')] : [])].filter((each) => each !== '')
  if (setters.length === 0) return undefined
  return { reason: plural(all.length, 'forbidden AppArmor profile'), detail: `${setters.join(' and ')} must not set AppArmor profile type to ${quoted(all)}` }
}

const defaultCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
)

export const capabilities: Check = (pod) => {
  const { names, values } = found(pod, ({ securityContext }) => (securityContext?.capabilities?.add ?? []).filter((each) => !defaultCapabilities.has(each)))
  if (names.length === 0) return undefined
  return { reason: 'non-default capabilities', detail: `${containersText(names)} must not include ${quoted(values)} in securityContext.capabilities.add` }
}

export const hostNamespaces: Check = ({ spec }) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((each) => spec[each])
  return used.length > 0 ? { reason: 'host namespaces', detail: used.map((each) => `${each}=true`).join(', ') } : undefined
}

export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name)
  return names.length > 0 ? { reason: 'hostPath volumes', detail: `${plural(names.length, 'volume')} ${quoted(names)}` } : undefined
}

export const hostPorts: Check = (pod) => {
  const { names, values } = found(pod, ({ ports = [] }) => ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : [])))
  if (names.length === 0) return undefined
  const ports = `${plural(values.length, 'hostPort')} ${values.join(', ')}`
  return { reason: 'hostPort', detail: `${containersText(names)} ${plural(names.length, 'uses', 'use')} ${ports}` }
}

export const hostProbes: Check = (pod) => {
  const { names, values } = found(pod, ({ livenessProbe, readinessProbe, startupProbe, lifecycle }) =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].flatMap((host) => (host ? [host] : [])),
    ),
  )
  if (names.length === 0) return undefined
  const hosts = `${plural(values.length, 'probe or lifecycle host')} ${quoted(values)}`
  return { reason: 'probe or lifecycle host', detail: `${containersText(sorted(names))} ${plural(new Set(names).size, 'uses', 'use')} ${hosts}` }
}

export const privileged: Check = (pod) => {
  const names = containersOf(pod.spec).filter(({ securityContext }) => securityContext?.privileged)
  if (names.length === 0) return undefined
  return { reason: 'privileged', detail: `${containersText(names.map(({ name }) => name))} must not set securityContext.privileged=true` }
}

export const procMount: Check = (pod) => {
  const { names, values } = found(pod, ({ securityContext }) => {
    const mount = securityContext?.procMount
    return mount === undefined || mount === 'Default' ? [] : [mount]
  })
  if (names.length === 0) return undefined
  return { reason: 'procMount', detail: `${containersText(names)} must not set securityContext.procMount to ${quoted(values)}` }
}

/** From 1.35 on a pod of a user namespace of its own may see all of /proc. */
export const procMountRelaxed: Check = (pod) => (inUserNamespace(pod.spec) ? undefined : procMount(pod))

const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t']

/** `engine`: 1.31 lets container engines run. */
export function seLinuxOptions(engine: boolean): Check {
  const allowed = new Set([...seLinuxTypes, ...(engine ? ['container_engine_t'] : [])])
  return (pod) => {
    const set = [{ name: undefined, securityContext: pod.spec.securityContext }, ...containersOf(pod.spec)].flatMap(({ name, securityContext }) => {
      const options = securityContext?.seLinuxOptions
      return options && (!allowed.has(options.type ?? '') || options.user || options.role) ? [{ name, options }] : []
    })
    if (set.length === 0) return undefined
    const types = sorted(set.flatMap(({ options: { type = '' } }) => (allowed.has(type) ? [] : [type])))
    const data = [
      ...(types.length > 0 ? [`${plural(types.length, 'type')} ${quoted(types)}`] : []),
      ...(set.some(({ options }) => options.user) ? ['user may not be set'] : []),
      ...(set.some(({ options }) => options.role) ? ['role may not be set'] : []),
    ]
    const setters = settersText(
      set.some(({ name }) => name === undefined),
      set.flatMap(({ name }) => (name === undefined ? [] : [name])),
    )
    return { reason: 'seLinuxOptions', detail: `${setters} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}` }
  }
}

const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod'
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/'

/** Up to 1.18: by annotations. */
export const seccompAnnotations: Check = ({ metadata, spec }) => {
  const annotations: Readonly<Record<string, string>> = metadata?.annotations ?? {}
  const isGood = (value: string) => value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/')
  const bad = [seccompPod, ...containersOf(spec).map(({ name }) => `${seccompContainer}${name}`)].flatMap((key) => {
    const value = Object.hasOwn(annotations, key) ? annotations[key] : undefined
    return value === undefined || isGood(value) ? [] : [`${key}=${JSON.stringify(value)}`]
  })
  const all = sorted(bad)
  return all.length > 0 ? { reason: 'seccompProfile', detail: `forbidden ${plural(all.length, 'annotation')} ${all.join(', ')}` } : undefined
}

export const isGoodSeccomp = (type: string | undefined) => type === 'Localhost' || type === 'RuntimeDefault'

/** Profiles that are set and must not be. */
export const seccompProfile: Check = (pod): Violation | undefined => {
  const own = pod.spec.securityContext?.seccompProfile
  const isBad = own !== undefined && !isGoodSeccomp(own.type)
  const { names, values } = found(pod, ({ securityContext }) => {
    const profile = securityContext?.seccompProfile
    return profile && !isGoodSeccomp(profile.type) ? [profile.type] : []
  })
  if (!isBad && names.length === 0) return undefined
  const all = sorted([...(isBad ? [own.type] : []), ...values])
  return { reason: 'seccompProfile', detail: `${settersText(isBad, names)} must not set securityContext.seccompProfile.type to ${quoted(all)}` }
}

/** Sysctls that any pod may set, by the minor version from which on. */
const safeSysctls: readonly (readonly [from: number, names: readonly string[]])[] = [
  [
    0,
    ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start'],
  ],
  [27, ['net.ipv4.ip_local_reserved_ports']],
  [29, ['net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes']],
  [32, ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']],
]

export function sysctls(version: number): Check {
  const safe = new Set(safeSysctls.flatMap(([from, names]) => (from <= version ? names : [])))
  return ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safe.has(name))
    return names.length > 0 ? { reason: 'forbidden sysctls', detail: names.join(', ') } : undefined
  }
}

export const windowsHostProcess: Check = ({ spec }) => {
  const names = containersOf(spec).filter(({ securityContext }) => securityContext?.windowsOptions?.hostProcess)
  const own = spec.securityContext?.windowsOptions?.hostProcess === true
  if (!own && names.length === 0) return undefined
  const setters = settersText(
    own,
    names.map(({ name }) => name),
  )
  return { reason: 'hostProcess', detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` }
}
