import { dirname } from 'node:path'
import { DirectoryChanges } from '../../directory-changes.ts'
import type { LogOptions } from '../../engine.ts'
import { LogFile } from './log-file.ts'
import { RecordReader } from './records.ts'
import { tailPosition } from './tail.ts'

const readBytes = 256 * 1024

/**
 * A container's log from the files of Docker's json-file driver, over their rotations: Docker's own follow skips what was written while a
 * slow reader was more than a file behind. With `follow` until `over` (the container has ended and its log is written; never rejects) or the signal is aborted.
 * Throws ENOENT before the first byte when there is no such file.
 */
export async function* readJsonLog(path: string, options: LogOptions & { readonly over: Promise<unknown> }, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { follow = false, tailLines, since, timestamps } = options
  let { file, offset } = tailLines === undefined ? { file: await LogFile.oldest(path), offset: 0 } : await tailPosition(path, tailLines)
  const records = new RecordReader({ since, timestamps })
  const changes = follow ? new DirectoryChanges(dirname(path), signal) : undefined
  const memory = Buffer.allocUnsafe(readBytes)
  let isOver = !follow
  void options.over.then(() => {
    isOver = true
    changes?.wake()
  })
  try {
    while (!signal.aborted) {
      // Asked before it is read: what comes later is another change.
      const wasOver = isOver
      const changed = changes?.next()
      const { bytesRead } = await file.handle.read(memory, 0, readBytes, offset)
      if (bytesRead > 0) {
        offset += bytesRead
        const said = records.read(memory.subarray(0, bytesRead))
        if (said.length > 0) yield said
        continue
      }
      const next = await file.next()
      if (next) {
        // What came between the end that was seen and the rotation.
        const { bytesRead: more } = await file.handle.read(memory, 0, readBytes, offset)
        if (more > 0) {
          await next[Symbol.asyncDispose]()
          offset += more
          const said = records.read(memory.subarray(0, more))
          if (said.length > 0) yield said
          continue
        }
        await file[Symbol.asyncDispose]()
        file = next
        offset = 0
        records.nextFile()
        continue
      }
      if (wasOver) return
      await changed
    }
  } finally {
    changes?.[Symbol.dispose]()
    await file[Symbol.asyncDispose]()
  }
}
