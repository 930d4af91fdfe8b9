import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { lanesOf, testFiles } from '../lanes.ts'

const root = join(import.meta.dirname, '../..')

describe('test files', () => {
  const { together, alone } = lanesOf(testFiles([], root), root)
  const within = (lane: readonly string[], file: string) => lane.includes(join(root, 'test', file))

  it('that need an engine, by whatever they import, run one after the other', () => {
    for (const file of ['e2e/lifecycle.test.ts', 'contract/engine-docker.test.ts', 'harness/leaks.test.ts']) assert.ok(within(alone, file), file)
    for (const file of alone) assert.ok(!together.includes(file))
  })

  it('of rules run beside each other, and there are many', () => {
    for (const file of ['kube/quantity.test.ts', 'controlplane/apiserver/rest/list.test.ts']) assert.ok(within(together, file), file)
    assert.ok(together.length > alone.length)
  })
})
