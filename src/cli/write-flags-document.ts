import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { flagsDocument } from './flags-document.ts'

// `npm run docs`
writeFileSync(join(import.meta.dirname, '../../docs/flags.md'), flagsDocument())
