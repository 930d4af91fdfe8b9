/** What loading the agent costs (`imports`), and what a cluster in a test's process does: memory at each stage, the first start and those after it, without definitions and with twenty. What each package costs that is loaded for it. */
import { join } from 'node:path'
import { run as spawn } from '../src/base/spawn.ts'
import { run as imports } from './imports.bench.ts'
import type { Started } from './support/start-cluster.ts'

const runs = 5
const timeoutMs = 120_000

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

async function started(definitions: number): Promise<Started> {
  const { stdout } = await spawn(process.execPath, [join(import.meta.dirname, 'support/start-cluster.ts'), '6', String(definitions)], { timeoutMs })
  return JSON.parse(stdout) as Started
}

export async function run(): Promise<void> {
  await imports()
  for (const definitions of [0, 20]) {
    const all: Started[] = []
    for (let each = 0; each < runs; each += 1) all.push(await started(definitions))
    const of = (figure: (one: Started) => number) => median(all.map(figure)).toFixed(0)
    console.log(`  ${definitions} definitions, medians of ${runs} processes`)
    console.log(`    Node alone             ${of(({ bareMb }) => bareMb)} MiB resident`)
    console.log(`    the harness loaded     ${of(({ loadedMb }) => loadedMb)} MiB, in ${of(({ loadMs }) => loadMs)} ms`)
    console.log(`    an idle cluster        ${of(({ idleMb }) => idleMb)} MiB: ${of(({ idleMb, bareMb }) => idleMb - bareMb)} MiB more than Node alone`)
    console.log(`    the first start, cold  ${of(({ startMs }) => startMs[0] ?? 0)} ms, ${of(({ startCpuMs }) => startCpuMs[0] ?? 0)} of CPU`)
    console.log(`    later ones, warm       ${of(({ startMs }) => median(startMs.slice(1)))} ms, ${of(({ startCpuMs }) => median(startCpuMs.slice(1)))} of CPU`)
  }
  const { packages } = await started(0)
  console.log('  packages loaded for it, each alone in a process of its own')
  for (const name of packages) {
    const { stdout } = await spawn(process.execPath, ['-e', alone, name], { cwd: import.meta.dirname, timeoutMs })
    console.log(`    ${name.padEnd(40)} ${stdout.trim()}`)
  }
}

// Some are of no use without what their users load first.
const alone = `
  const before = process.memoryUsage().rss
  const began = performance.now()
  import(process.argv[1]).then(
    () => console.log(((process.memoryUsage().rss - before) / 2 ** 20).toFixed(1) + ' MiB, ' + (performance.now() - began).toFixed(0) + ' ms'),
    () => console.log('not alone'),
  )`
