import { run } from '../../base/spawn.ts'
import type { HeldDirectory } from './held-directory.ts'

/**
 * Takes the immutable and append-only flags off a directory and all that is right in it (chattr(1)): a container that may set them could keep its files
 * for ever. Names are bytes, so `find` hands them on; neither follows a symlink. Where there is no chattr, or the file system knows no flags, nothing is done.
 */
export async function clearFlags(directory: HeldDirectory): Promise<void> {
  const plain = ['!', '-type', 'l', '(', '-type', 'f', '-o', '-type', 'd', ')']
  const chattr = ['-exec', 'chattr', '-f', '-i', '-a', '--', '{}', '+']
  await run('find', ['.', '-maxdepth', '1', ...plain, ...chattr], { cwd: directory.pathForOthers }).catch(() => {})
}
