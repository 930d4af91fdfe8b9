import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const text = readFileSync(resolve(import.meta.dirname, '../../docs/harness.md'), 'utf8')

/** The blocks of docs/harness.md that are marked like this, by their names. */
const blocks = (mark: 'example' | 'file') =>
  new Map([...text.matchAll(new RegExp(`^\`\`\`\\w+ ${mark}=(\\S+)\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, name = '', code = '']) => [name, code]))

/** Tests that a reader can copy, as they stand. */
export const examples: ReadonlyMap<string, string> = blocks('example')

/** Files of a reader's project. */
export const projectFiles: ReadonlyMap<string, string> = blocks('file')
