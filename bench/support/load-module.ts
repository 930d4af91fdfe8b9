/** Loads one module in a process that has nothing else, and prints as one line of JSON what that takes: `node load-module.ts SPECIFIER`. */
import { registerHooks } from 'node:module'

/** What loading took of the process. */
export interface Loaded {
  /** Resident, in MiB, beyond Node alone. */
  readonly mb: number
  readonly ms: number
  readonly cpuMs: number
  /** Packages that were loaded for it. */
  readonly packages: readonly string[]
}

const packages = new Set<string>()
registerHooks({
  load(url, context, next) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
    if (name) packages.add(name)
    return next(url, context)
  },
})
const before = process.memoryUsage().rss
const began = performance.now()
const spent = process.cpuUsage()
await import(process.argv[2] ?? '')
const { user, system } = process.cpuUsage(spent)
const loaded: Loaded = {
  mb: (process.memoryUsage().rss - before) / 2 ** 20,
  ms: performance.now() - began,
  cpuMs: (user + system) / 1000,
  packages: [...packages].sort(),
}
console.log(JSON.stringify(loaded))
process.exit()
