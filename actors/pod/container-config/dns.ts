import type { AgentConfig } from '../../../src/config/agent-config.ts'
import type { DnsConfig } from '../../../src/engine/settings.ts'
import type { Pod } from '../../../src/kube/objects.ts'

// kubelet 1.32, pkg/apis/core/validation: what resolvers take.
const maxServers = 3
const maxSearches = 32
const maxSearchCharacters = 2048
const maxNameCharacters = 253

/** The pod's resolver settings by its dnsPolicy; `host` is the node's own. ClusterFirst without a cluster DNS is the host's, as the kubelet falls back. */
export function podDns(pod: Pod, config: ClusterDns, host: DnsConfig): DnsConfig {
  const { servers, searches, options } = wantedDns(pod, config, host)
  return { servers: servers.slice(0, maxServers), searches: fitting(searches), options }
}

/** In the kubelet's words (event DNSConfigForming), what `podDns` left out. */
export function dnsOmissions(pod: Pod, config: ClusterDns, host: DnsConfig): string[] {
  const wanted = wantedDns(pod, config, host)
  const { servers, searches } = podDns(pod, config, host)
  const says = (what: string, items: string, line: string, applied: readonly string[]) =>
    `${what} limits were exceeded, some ${items} have been omitted, the applied ${line} line is: ${applied.join(' ')}`
  return [
    ...(servers.length < wanted.servers.length ? [says('Nameserver', 'nameservers', 'nameserver', servers)] : []),
    ...(searches.length < wanted.searches.length ? [says('Search Line', 'search paths', 'search', searches)] : []),
  ]
}

type ClusterDns = Pick<AgentConfig, 'clusterDns' | 'clusterDomain'>

function wantedDns(pod: Pod, config: ClusterDns, host: DnsConfig): DnsConfig {
  const { dnsPolicy = 'ClusterFirst', hostNetwork, dnsConfig } = pod.spec ?? {}
  const wantsCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork)
  const base = dnsPolicy === 'None' ? nothing : wantsCluster && config.clusterDns.length > 0 ? cluster(pod, config, host) : host
  return {
    servers: unique([...base.servers, ...(dnsConfig?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]),
    options: mergeOptions(base.options, dnsConfig?.options ?? []),
  }
}

const nothing: DnsConfig = { servers: [], searches: [], options: [] }

function cluster(pod: Pod, { clusterDns, clusterDomain }: ClusterDns, host: DnsConfig): DnsConfig {
  const own = clusterDomain === '' ? [] : [`${pod.metadata?.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain]
  return { servers: clusterDns, searches: [...own, ...host.searches], options: ['ndots:5'] }
}

const unique = (values: readonly string[]): string[] => [...new Set(values)]

function fitting(searches: readonly string[]): string[] {
  const kept: string[] = []
  let length = 0
  for (const search of searches.filter((each) => each.length <= maxNameCharacters).slice(0, maxSearches)) {
    length += search.length + (kept.length > 0 ? 1 : 0)
    if (length > maxSearchCharacters) break
    kept.push(search)
  }
  return kept
}

/** A pod's option takes the place of one of the same name. */
function mergeOptions(base: readonly string[], own: readonly { name?: string; value?: string }[]): string[] {
  const byName = new Map(base.map((option) => [option.split(':')[0] ?? option, option]))
  for (const { name, value } of own) if (name) byName.set(name, value === undefined || value === '' ? name : `${name}:${value}`)
  return [...byName.values()]
}
