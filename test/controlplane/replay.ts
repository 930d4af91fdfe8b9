import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One request to a real kube-apiserver 1.32 and its answer. */
export interface Exchange {
  readonly what: string
  readonly request: { readonly method: string; readonly path: string; readonly accept?: string; readonly contentType?: string; readonly body?: unknown }
  readonly response: { readonly status: number; readonly contentType: string; readonly body: unknown }
}

export const recording = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/apiserver-1.32.json'), 'utf8')) as readonly Exchange[]

type Json = Record<string, unknown>

// Who owns which field is compared by presence; the rest is different in every run.
const perRun = new Set(['uid', 'resourceVersion', 'storageVersionHash', 'serverAddress', 'token', 'continue'])

/** An answer without what differs from run to run: times, uids, versions, generated names, tokens; and without generations, which pods have since 1.33. */
export function comparable(value: unknown, key = ''): unknown {
  if (perRun.has(key) && value) return `<${key}>`
  if (Array.isArray(value)) return value.filter((item) => !isOpenShift(item)).map((item) => comparable(item))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name]) => !(key === 'metadata' && name === 'generation'))
        .map(([name, inner]) => [name, comparable(inner, name)]),
    )
  if (typeof value !== 'string') return value
  return (
    value
      .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, '<time>')
      .replace(/^\d+[smhd]$/, '<age>')
      .replace(/^kube-api-access-.{5}$/, 'kube-api-access-<generated>')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
      // The server prints a diff of its Go structs after the sentence that says what is wrong.
      .replace(/\n {2}core\.PodSpec\{[\s\S]*\n {2}\}\n/, '\n<diff>')
      .replace(/too old resource version: \d+ \(\d+\)/, 'too old resource version: <version>')
  )
}

// The recorded server is a build of OpenShift's: it adds a source of its own to token volumes.
const isOpenShift = (item: unknown) => (item as { configMap?: { name?: string } } | null)?.configMap?.name === 'openshift-service-ca.crt'

/** Pairs of recorded and own values (uids, versions), so that later requests can name ours. */
export function learn(theirs: unknown, ours: unknown, pairs: Map<string, string>): void {
  if (typeof theirs !== 'object' || theirs === null || typeof ours !== 'object' || ours === null) return
  for (const [key, value] of Object.entries(theirs)) {
    const own = (ours as Json)[key]
    if ((key === 'uid' || key === 'resourceVersion') && typeof value === 'string' && typeof own === 'string') pairs.set(value, own)
    else learn(value, own, pairs)
  }
}
