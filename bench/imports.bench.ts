/** What the parts of the agent cost as they are loaded, each in a process of its own: compiled anew, and with what an earlier start compiled; and what each package of ours costs alone. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run as spawn } from '../src/base/spawn.ts'
import type { Loaded } from './support/load-module.ts'

const root = join(import.meta.dirname, '..')
const parts = [
  ['the command itself', 'src/cli/program.ts'],
  ['the node’s thread', 'src/cli/node.ts'],
  ['a thread of pods’ actors', 'src/agent/host-module.ts'],
  ['with Docker, in each of them', 'src/engine/docker/docker-engine.ts'],
  ['with CRI, in each of them', 'src/engine/cri/cri-engine.ts'],
  ['the API server', 'src/cli/controlplane.ts'],
] as const

/** Loads a module of ours by its path, a package by its name. */
export async function loaded(specifier: string, env: Readonly<Record<string, string>> = {}): Promise<Loaded> {
  const { stdout } = await spawn(process.execPath, [join(import.meta.dirname, 'support/load-module.ts'), specifier], {
    timeoutMs: 120_000,
    cwd: root,
    env,
  })
  return JSON.parse(stdout) as Loaded
}

export async function run(): Promise<void> {
  const cache = await mkdtemp(join(tmpdir(), 'podsteward-bench-'))
  try {
    const packages = new Set<string>()
    console.log('  MiB resident beyond Node alone, ms, ms of CPU      compiled anew              compiled before')
    for (const [name, path] of parts) {
      const specifier = join(root, path)
      const cold = await loaded(specifier)
      await loaded(specifier, { NODE_COMPILE_CACHE: cache })
      const warm = await loaded(specifier, { NODE_COMPILE_CACHE: cache })
      for (const each of cold.packages) packages.add(each)
      console.log(`    ${name.padEnd(44)} ${figures(cold)}   ${figures(warm)}`)
    }
    const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { readonly dependencies: Record<string, string> }
    console.log('  packages, each alone')
    for (const name of Object.keys(dependencies)) {
      const cost = await loaded(name).catch(() => undefined)
      const used = packages.has(name) ? '' : '  (by none of these)'
      if (cost) console.log(`    ${name.padEnd(44)} ${figures(cost)}${used}`)
    }
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}

const figures = ({ mb, ms, cpuMs }: Loaded) => `${mb.toFixed(1).padStart(6)} ${ms.toFixed(0).padStart(6)} ${cpuMs.toFixed(0).padStart(6)}`
