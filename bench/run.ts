/** `npm run bench [-- name …]`: runs the suites of this folder, or those named, one after the other. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

interface Suite {
  run(): Promise<void>
}

const wanted = process.argv.slice(2)
const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.bench.ts')).sort()
const chosen = files.filter((name) => wanted.length === 0 || wanted.includes(name.replace('.bench.ts', '')))
if (chosen.length === 0) {
  console.error(`no such bench: ${wanted.join(', ')}; there are ${files.map((name) => name.replace('.bench.ts', '')).join(', ')}`)
  process.exitCode = 2
}
for (const name of chosen) {
  console.log(`\n${name.replace('.bench.ts', '')}`)
  const suite = (await import(join(import.meta.dirname, name))) as Suite
  await suite.run()
}
