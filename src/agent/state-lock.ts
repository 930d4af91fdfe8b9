import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import { makeDirectorySync } from '../base/make-directory.ts'

/** The state directory belongs to another agent that is running. */
export class StateLockError extends Error {
  override readonly name = 'StateLockError'
}

/**
 * Makes sure that one agent alone works on a directory. The lock is an abstract Unix socket named by the directory's device and inode:
 * the kernel frees it with the process, however that ends, so a killed agent never leaves a stale lock. It holds within one network namespace.
 */
export async function lockStateDirectory(directory: string): Promise<AsyncDisposable> {
  makeDirectorySync(directory, 0o750)
  const { dev, ino } = statSync(directory)
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message =
        cause.code === 'EADDRINUSE'
          ? `${directory} is in use by another podsteward; stop it or give another directory`
          : `cannot lock ${directory}: ${cause.message}`
      reject(new StateLockError(message, { cause }))
    })
    server.listen(`\0podsteward-${dev}-${ino}`, resolve)
  })
  server.unref()
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}
