import { bytesAsText } from '../../base/bytes-as-text.ts'

/** Of a path as it is told: one of a hundred levels says nothing more. */
const longestTold = 300

/** A file system error on an entry of a tree, with its path from the tree's root on instead of the descriptor's that it was reached by. */
export class TreeError extends Error {
  override readonly name = 'TreeError'
  readonly code: string
  readonly syscall: string
  readonly path: string

  constructor(cause: NodeJS.ErrnoException, root: string, names: readonly Buffer[]) {
    const { code = 'EIO', syscall = 'access' } = cause
    const path = told(root, names)
    // What Node says ends in the path: `EROFS: read-only file system, unlink '/proc/self/fd/21/a'`.
    const why = cause.message.split(', ')[0] ?? code
    super(`${why}, ${syscall} '${path}'`, { cause })
    this.code = code
    this.syscall = syscall
    this.path = path
  }
}

function told(root: string, names: readonly Buffer[]): string {
  const few = names.length > 20 ? [...names.slice(0, 10), Buffer.from(`(${names.length - 11} more)`), ...names.slice(-1)] : names
  const path = [root, ...few.map(bytesAsText)].join('/')
  return path.length > longestTold ? `${path.slice(0, longestTold)}…` : path
}
