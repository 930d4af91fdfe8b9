import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { flagsDocument } from '../../src/cli/flags-document.ts'
import { gatesDocument } from '../../src/cli/gates-document.ts'

test('docs/flags.md is what the code says; `npm run docs` writes it anew', () => {
  assert.equal(readFileSync(join(import.meta.dirname, '../../docs/flags.md'), 'utf8'), flagsDocument())
})

test('docs/feature-gates.md too', () => {
  assert.equal(readFileSync(join(import.meta.dirname, '../../docs/feature-gates.md'), 'utf8'), gatesDocument())
})
