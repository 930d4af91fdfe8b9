import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DirectoryChanges } from '../../directory-changes.ts'
import type { LogOptions } from '../../engine.ts'
import { RecordReader } from './records.ts'
import { tailOffset } from './tail.ts'

const readBytes = 256 * 1024

/**
 * A container's log from its file, as a kubelet reads it: what was rotated away is not read, but a reader who follows misses nothing of a rotation. With `follow` until `over` (the
 * container has ended and its log is written; never rejects) or the signal is aborted. A file that is not there says nothing.
 */
export async function* readLog(path: string, options: LogOptions & { readonly over: Promise<unknown> }, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { follow = false, tailLines, since, timestamps } = options
  // Watched before it is opened: what comes between is seen.
  using changes = follow ? new DirectoryChanges(dirname(path), signal) : undefined
  let file = await opened(path)
  if (!file && !follow) return
  const records = new RecordReader({ since, timestamps })
  const memory = Buffer.allocUnsafe(readBytes)
  let offset = file && tailLines !== undefined ? await tailOffset(file, (await file.stat()).size, tailLines) : 0
  let isOver = !follow
  void options.over.then(() => {
    isOver = true
    changes?.wake()
  })
  const read = async (): Promise<Buffer | undefined> => {
    if (!file) return undefined
    const { bytesRead } = await file.read(memory, 0, readBytes, offset)
    if (bytesRead === 0) return undefined
    offset += bytesRead
    return records.read(memory.subarray(0, bytesRead))
  }
  try {
    while (!signal.aborted) {
      // Asked before it is read: what comes later is another change.
      const wasOver = isOver
      const changed = changes?.next()
      const said = await read()
      if (said) {
        if (said.length > 0) yield said
        continue
      }
      if (follow) {
        const next = await successor(path, file)
        if (next) {
          // What came between the end that was seen and the rotation.
          for (let more = await read(); more; more = await read()) if (more.length > 0) yield more
          await file?.close()
          file = next
          offset = 0
          records.nextFile()
          continue
        }
      }
      if (wasOver) return
      await changed
    }
  } finally {
    await file?.close()
  }
}

async function opened(path: string): Promise<FileHandle | undefined> {
  return open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** The file that was begun in this one's place; undefined while there is none. */
async function successor(path: string, file: FileHandle | undefined): Promise<FileHandle | undefined> {
  if (file) {
    const now = await stat(path, { bigint: true }).catch(() => undefined)
    if (!now || now.ino === (await file.stat({ bigint: true })).ino) return undefined
  }
  return opened(path)
}
