import { isIP } from 'node:net'
import { own, putOwn } from '../base/own.ts'
import { isKubeletsToSet, kubeletLabelDomains, kubeletLabels } from '../kube/node-labels.ts'
import { wholeUnits } from '../kube/quantity.ts'
import { ConfigError, type Taint } from './agent-config.ts'
import { parseDuration } from './duration.ts'

/** What the value came from, for messages: `--node-labels` or `maxPods in /etc/kubelet.yaml`. */
type Source = string

const bad = (source: Source, value: unknown, want: string): never => {
  throw new ConfigError(`${source}: ${JSON.stringify(value)} is not valid; use ${want}`)
}

export function asDurationMs(source: Source, value: string): number {
  return parseDuration(value) ?? bad(source, value, 'a duration such as 10s, 1m30s or 500ms')
}

export function asInteger(source: Source, value: string | number, min: number, max: number): number {
  const number = typeof value === 'number' ? value : /^-?\d+$/.test(value) ? Number(value) : Number.NaN
  return Number.isInteger(number) && number >= min && number <= max ? number : bad(source, value, `a whole number from ${min} to ${max}`)
}

export function asBoolean(source: Source, value: string | boolean): boolean {
  // Go's ParseBool.
  if (value === true || ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(String(value))) return true
  if (value === false || ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(String(value))) return false
  return bad(source, value, 'true or false')
}

export function asIp(source: Source, value: string): string {
  return isIP(value) ? value : bad(source, value, 'an IP address')
}

/** A comma-separated list, blanks dropped. */
export const asList = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

const qualifiedName = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** `a=b,c=d` as a label map. */
export function asLabels(source: Source, value: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const item of asList(value)) {
    const at = item.indexOf('=')
    const key = at < 0 ? item : item.slice(0, at)
    const text = at < 0 ? '' : item.slice(at + 1)
    if (at < 0 || !qualifiedName.test(key) || !labelValue.test(text)) bad(source, item, 'key=value pairs separated by commas, such as zone=a,disk=ssd')
    putOwn(labels, key, text)
  }
  return labels
}

/** `--node-labels`: beside what labels are, none of Kubernetes' own that are not a kubelet's to set. In the words of a kubelet 1.36, in one line. */
export function asNodeLabels(source: Source, value: string): Record<string, string> {
  const labels = asLabels(source, value)
  const unknown = Object.keys(labels).filter((label) => !isKubeletsToSet(label))
  if (unknown.length > 0)
    throw new ConfigError(
      `unknown 'kubernetes.io' or 'k8s.io' labels specified with ${source}: [${unknown.sort().join(' ')}]; ${source} in the 'kubernetes.io' namespace must begin ` +
        `with an allowed prefix (${kubeletLabelDomains.join(', ')}) or be in the specifically allowed set (${kubeletLabels.join(', ')})`,
    )
  return labels
}

/** `memory.available<100Mi,nodefs.available<10%` or `cpu=100m,memory=1Gi` as a map. */
export function asPairs(source: Source, value: string, separator: '=' | '<'): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const item of asList(value)) {
    const at = item.indexOf(separator)
    if (at < 1 || at === item.length - 1) bad(source, item, `name${separator}quantity pairs separated by commas`)
    putOwn(pairs, item.slice(0, at), item.slice(at + 1))
  }
  return pairs
}

/** `key=value:NoSchedule` or `key:NoExecute`, comma-separated. */
export function asTaints(source: Source, value: string): Taint[] {
  return asList(value).map((item) => {
    const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(item)
    if (!match || !qualifiedName.test(match[1] ?? '')) return bad(source, item, 'key=value:Effect with Effect NoSchedule, PreferNoSchedule or NoExecute')
    const taint = { key: match[1] ?? '', effect: match[3] as Taint['effect'] }
    return match[2] ? { ...taint, value: match[2] } : taint
  })
}

/** A sysctl's name, or a prefix of names that ends in `*`. */
export function asSysctl(source: string, value: string): string {
  const name = value.replaceAll('/', '.')
  if (/^[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*(\.?\*)?$/.test(name)) return name
  throw new ConfigError(`${source}: ${JSON.stringify(value)} is not a sysctl; give names such as net.core.somaxconn, or a prefix such as kernel.msg*`)
}

/** An http or https URL; '' is none. */
export function asHttpUrl(source: Source, value: string): string | undefined {
  if (value === '') return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.href : bad(source, value, 'an http or https URL')
}

/** `a:x,b:y,a:z` as headers, each with all its values. */
export function asHeaders(source: Source, value: string): Record<string, string[]> {
  const headers: Record<string, string[]> = {}
  for (const item of asList(value)) {
    const at = item.indexOf(':')
    const name = item.slice(0, at).trim()
    if (at < 1 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) bad(source, item.slice(0, Math.max(0, at)), 'name:value pairs separated by commas')
    putOwn(headers, name, [...(own(headers, name) ?? []), item.slice(at + 1).trim()])
  }
  return headers
}

/** One of a few words; `what` is the name of such a thing with its article. */
export const asOneOf =
  <Word extends string>(what: string, words: readonly Word[]) =>
  (source: Source, value: string): Word => {
    const word = words.find((each) => each === value)
    if (word !== undefined) return word
    throw new ConfigError(`${source}: ${JSON.stringify(value)} is not ${what}; use ${words.join(', ').replace(/, ([^,]+)$/, ' or $1')}`)
  }

/** A size of more than nothing, as a quantity. */
export function asBytes(source: string, value: string): number {
  try {
    const bytes = wholeUnits(value)
    if (bytes > 0) return bytes
  } catch {
    // Said below.
  }
  throw new ConfigError(`${source}: ${JSON.stringify(value)} is not a size; use for example 10Mi`)
}

/** The kubelet's words; of those for the node's own daemons nothing is done. */
export const enforceable = ['none', 'pods', 'system-reserved', 'system-reserved-compressible', 'kube-reserved', 'kube-reserved-compressible'] as const

/** --enforce-node-allocatable: whether pods are held to it. */
export function asEnforced(source: string, value: string): boolean {
  const words = asList(value)
  const wrong = words.find((word) => !enforceable.some((each) => each === word))
  if (wrong === undefined) return words.includes('pods')
  throw new ConfigError(`${source}: ${JSON.stringify(wrong)} cannot be enforced; use pods or none`)
}

/** Which of these words ask for something that is not done, and why. */
export function notEnforced(source: string, words: readonly string[]): string[] {
  const asked = words.filter((word) => word.includes('-reserved'))
  return asked.length === 0 ? [] : [`${source}: ${asked.join(', ')} is taken and not done: the node’s own daemons are not in cgroups of this agent`]
}

/** Where a container engine is reached; a path is that of its Unix socket. */
export function asEndpoint(source: string, value: string): string {
  if (/^(unix:\/\/\/|tcp:\/\/|npipe:|https?:\/\/)/.test(value)) return value
  if (value.startsWith('/')) return `unix://${value}`
  throw new ConfigError(`${source}: ${JSON.stringify(value)} is not an endpoint; use unix:///var/run/docker.sock or tcp://host:port`)
}

/** Where a runtime that speaks CRI is reached; a path is that of its Unix socket. */
export function asRuntimeEndpoint(source: Source, value: string): string {
  const path = /^(?:unix:(?:\/\/)?)?(\/.+)$/.exec(value)?.[1]
  if (path !== undefined) return `unix://${path}`
  if (/^tcp:\/\/(\[[^\]]+\]|[^:/]+):\d+\/?$/.test(value)) return value
  throw new ConfigError(`${source}: ${JSON.stringify(value)} is not the endpoint of a container runtime; use unix:///run/containerd/containerd.sock`)
}

/** Legacy `--api-servers`: a list of URLs of which the first is used, `http` unless it says. */
export function asFirstUrl(source: Source, value: string): string {
  const first = asList(value)[0] ?? ''
  const whole = first.includes('://') ? first : `http://${first}`
  const url = URL.canParse(whole) ? new URL(whole) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.origin
  throw new ConfigError(`${source}: ${JSON.stringify(value)} is not a URL; use one such as http://127.0.0.1:8080`)
}
