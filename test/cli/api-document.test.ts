import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { withTables } from '../../src/cli/api-document.ts'

test('docs/api.md says which kinds are served, and which are not; npm run docs writes it anew', () => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8')
  assert.equal(document, withTables(document))
  assert.match(document, /\| apps\/v1 \| Deployment \| deployments \(deploy\) \| scale, status \| all \|/)
})

test('a document without a place for the tables is told of', () => {
  assert.throws(() => withTables('# Nothing'), /docs\/api.md needs the lines/)
})
