import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withTables } from './api-document.ts'
import { flagsDocument } from './flags-document.ts'
import { gatesDocument } from './gates-document.ts'

// `npm run docs`
writeFileSync(join(import.meta.dirname, '../../docs/flags.md'), flagsDocument())
writeFileSync(join(import.meta.dirname, '../../docs/feature-gates.md'), gatesDocument())
const api = join(import.meta.dirname, '../../docs/api.md')
writeFileSync(api, withTables(readFileSync(api, 'utf8')))
