import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'

/** Of any file that is configuration. */
const longestFile = 16 * 2 ** 20

/** What is at a path where a file was expected: reading it could wait for ever, do something, or never end. */
export class IrregularFileError extends Error {
  override readonly name = 'IrregularFileError'

  constructor(path: string, found: Stats) {
    super(`${path} is a ${kindOf(found)}; it must be a regular file, or a link to one`)
  }
}

/** A file is longer than what is taken for one of its kind. */
export class LongFileError extends Error {
  override readonly name = 'LongFileError'

  constructor(path: string, limit: number) {
    super(`${path} has more than the ${limit} bytes that are read of such a file`)
  }
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'directory'
  if (found.isFIFO()) return 'fifo'
  if (found.isSocket()) return 'socket'
  return found.isCharacterDevice() || found.isBlockDevice() ? 'device' : 'special file'
}

// By the time it is opened it may be another thing: a fifo is not waited for then either.
const flags = constants.O_RDONLY | constants.O_NONBLOCK

/** Opens a regular file; symlinks are followed, as of mounted configMaps. Throws `IrregularFileError` and what open(2) gives. */
export async function openRegularFile(path: string): Promise<FileHandle> {
  // Not opened to be looked at: opening a device may do something.
  refuse(path, await stat(path))
  const handle = await open(path, flags)
  try {
    refuse(path, await handle.stat())
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Whatever its size is said to be: a file of /proc has none, one that grows has another by now. Throws `LongFileError`. */
export async function readBounded(handle: FileHandle, path: string, limit = longestFile): Promise<Buffer> {
  const chunks: Buffer[] = []
  if ((await handle.stat()).size > limit) throw new LongFileError(path, limit)
  for (let length = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes, null)
    if (bytesRead === 0) return Buffer.concat(chunks)
    chunks.push(buffer.subarray(0, bytesRead))
    length += bytesRead
    if (length > limit) throw new LongFileError(path, limit)
  }
}

const chunkBytes = 65_536

/** The text of a regular file. Throws `IrregularFileError`, `LongFileError` and what the file system gives. */
export async function readRegularFile(path: string, limit = longestFile): Promise<string> {
  const handle = await openRegularFile(path)
  try {
    return (await readBounded(handle, path, limit)).toString('utf8')
  } finally {
    await handle.close()
  }
}

/** As `readRegularFile`, at once: for what is read before anything runs. */
export function readRegularFileSync(path: string, limit = longestFile): string {
  refuse(path, statSync(path))
  const descriptor = openSync(path, flags)
  try {
    const found = fstatSync(descriptor)
    refuse(path, found)
    if (found.size > limit) throw new LongFileError(path, limit)
    const chunks: Buffer[] = []
    for (let length = 0; ; ) {
      const chunk = Buffer.alloc(chunkBytes)
      const bytesRead = readSync(descriptor, chunk, 0, chunkBytes, null)
      if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8')
      chunks.push(chunk.subarray(0, bytesRead))
      length += bytesRead
      if (length > limit) throw new LongFileError(path, limit)
    }
  } finally {
    closeSync(descriptor)
  }
}

function refuse(path: string, found: Stats): void {
  if (!found.isFile()) throw new IrregularFileError(path, found)
}
