import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { flagsDocument } from './flags-document.ts'
import { gatesDocument } from './gates-document.ts'

// `npm run docs`
writeFileSync(join(import.meta.dirname, '../../docs/flags.md'), flagsDocument())
writeFileSync(join(import.meta.dirname, '../../docs/feature-gates.md'), gatesDocument())
