/**
 * Starts clusters in a process that has nothing else, and prints as one line of JSON what that takes: `node start-cluster.ts STARTS DEFINITIONS`.
 * Starts are one after the other; the first is cold: the code is loaded, and none of it has run.
 */
import { registerHooks } from 'node:module'
import { setTimeout } from 'node:timers/promises'

/** Where a cluster in a process stands. */
export interface Started {
  /** Resident, in MiB: of Node alone, with the harness loaded, and with a cluster of one node that has been idle for a second. */
  readonly bareMb: number
  readonly loadedMb: number
  readonly idleMb: number
  readonly loadMs: number
  /** From the call to a cluster that is Ready, its definitions established. */
  readonly startMs: readonly number[]
  /** What of a processor each took, however busy the machine is. */
  readonly startCpuMs: readonly number[]
  /** Packages that were loaded for it. */
  readonly packages: readonly string[]
}

const definition = (index: number) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `kind${index}s.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: `kind${index}s`, singular: `kind${index}`, kind: `Kind${index}`, listKind: `Kind${index}List` },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } }],
  },
})
const fields = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`field${index}`, { type: 'string', maxLength: 63, pattern: '^[a-z]+$' }]))
const schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: fields, 'x-kubernetes-validations': [{ rule: '!has(self.field0) || self.field0 != self.field1', message: 'differ' }] },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
}

const residentMb = () => process.memoryUsage().rss / 2 ** 20

const [starts = 1, definitions = 0] = process.argv.slice(2).map(Number)
const packages = new Set<string>()
registerHooks({
  load(url, context, next) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
    if (name) packages.add(name)
    return next(url, context)
  },
})
const bareMb = residentMb()
const began = performance.now()
const { startCluster } = await import('../../src/harness/harness.ts')
const loadMs = performance.now() - began
const loadedMb = residentMb()
const crds = Array.from({ length: definitions }, (_, index) => definition(index))
const startMs: number[] = []
const startCpuMs: number[] = []
let idleMb = 0
for (let start = 0; start < starts; start += 1) {
  const called = performance.now()
  const before = process.cpuUsage()
  await using _cluster = await startCluster({ crds })
  startMs.push(performance.now() - called)
  const { user, system } = process.cpuUsage(before)
  startCpuMs.push((user + system) / 1000)
  if (start > 0) continue
  await setTimeout(1000)
  idleMb = residentMb()
}
console.log(JSON.stringify({ bareMb, loadedMb, idleMb, loadMs, startMs, startCpuMs, packages: [...packages].sort() } satisfies Started))
process.exit()
