import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessMode } from '../../src/csi/access-mode.ts'

for (const [modes, plain, apart] of [
  [['ReadWriteOnce'], 1, 7],
  [['ReadWriteOncePod'], 1, 6],
  [['ReadOnlyMany'], 3, 3],
  [['ReadWriteMany'], 5, 5],
  [['ReadWriteOnce', 'ReadWriteMany'], 1, 7],
  [[], 1, 7],
] as const)
  test(`of access modes [${modes}] a driver hears ${plain}, or ${apart} when it tells writers of a node apart`, () => {
    assert.deepEqual([accessMode(modes, false), accessMode(modes, true)], [plain, apart])
  })
