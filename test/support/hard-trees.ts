import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { HeldDirectory } from '../../src/volumes/tree/held-directory.ts'

/** Directories in each other, `depth` of them: the way to the last is longer than any path may be. */
export async function makeDeep(root: string, depth: number): Promise<void> {
  await mkdir(root, { recursive: true })
  const name = Buffer.from('d'.repeat(40))
  let at = await HeldDirectory.open(root)
  for (let level = 0; level < depth; level += 1) {
    await mkdir(at.at(name))
    const below = await at.openBelow(name)
    at[Symbol.dispose]()
    at = below
  }
  at[Symbol.dispose]()
}

/** By the shell, for what Node has no calls for: fifos, flags, names of bytes. */
export const shell = async (directory: string, script: string): Promise<void> => void (await promisify(execFile)('bash', ['-ec', script], { cwd: directory }))
