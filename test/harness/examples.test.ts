import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { spawnAndWait } from '../../src/base/spawn.ts'
import { examples } from './documented.ts'

// Below the project, so that packages are found from there.
const directory = mkdtempSync(join(import.meta.dirname, '.examples-'))
after(() => rmSync(directory, { recursive: true }))

/** As in the document, but with the harness as it is in this tree. */
function written(name: string, code: string): string {
  const path = join(directory, `${name}.test.ts`)
  writeFileSync(path, code.replaceAll("'podsteward/harness'", JSON.stringify(resolve(import.meta.dirname, '../../src/harness/harness.ts'))))
  return path
}

test('the document has its examples', () => {
  assert.deepEqual([...examples.keys()], ['controller', 'operator', 'faults', 'crash-loop', 'node-loss', 'rolling-update', 'flapping-probe', 'autoscaler'])
})

for (const [name, code] of examples)
  test(`the example ${name} of docs/harness.md passes as it stands`, async () => {
    const { exitCode, stdout, stderr } = await spawnAndWait(process.execPath, ['--test', '--test-reporter=spec', written(name, code)], { timeoutMs: 60_000 })
    assert.equal(exitCode, 0, stdout + stderr)
    assert.match(stdout, /pass 1\b/)
  })
