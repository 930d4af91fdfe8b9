import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { controllers } from '../../../src/controlplane/controllers/registry.ts'

test('docs/controllers.md has every controller, by both of its names, and says of which there is none', () => {
  const text = readFileSync(new URL('../../../docs/controllers.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (?:`([a-z-]+)`)? ?\| (.*) \|$/gm)].map(([, name, alias, about = '']) => ({ name, alias, about }))
  assert.deepEqual(
    rows.map(({ name, alias, about }) => [name, alias, !about.startsWith('not here') && about !== '']),
    controllers.map(({ name, alias, start }) => [name, alias, start !== undefined]),
  )
})
