import { LogFile } from './log-file.ts'
import { endsLine, mostRecordBytes } from './records.ts'

/** A place in a log. */
export interface LogPosition {
  readonly file: LogFile
  readonly offset: number
}

const blockBytes = 64 * 1024
const newline = 0x0a
const nothing = Buffer.alloc(0)

/** Where the last `lines` lines begin, found from the end. The caller closes the file. Throws ENOENT when there is no log. */
export async function tailPosition(path: string, lines: number): Promise<LogPosition> {
  let file = await LogFile.newest(path)
  // Lines begun so far, from the end; the last may lack its end.
  let count = 0
  for (;;) {
    const { size } = await file.handle.stat()
    if (lines === 0) return { file, offset: size }
    for await (const { line, end } of backwards(file, size)) {
      if (count === 0) count = 1
      else if (endsLine(line) && ++count > lines) return { file, offset: end }
    }
    const before = await file.previous()
    if (!before) return { file, offset: 0 }
    await file[Symbol.asyncDispose]()
    file = before
  }
}

/** The file's records from the last to the first, each with the offset of what comes after it. */
async function* backwards(file: LogFile, size: number): AsyncGenerator<{ readonly line: Buffer; readonly end: number }> {
  let rest: Buffer = Buffer.alloc(0)
  /** Bytes left out of `rest`'s end: it is no record, and only where it begins and ends matters. */
  let cut = 0
  let from = size
  while (from > 0) {
    const length = Math.min(blockBytes, from)
    from -= length
    const block = Buffer.alloc(length)
    await file.handle.read(block, 0, length, from)
    let text: Buffer = rest.length === 0 ? block : Buffer.concat([block, rest])
    for (;;) {
      // The newline that ends the record is the last byte; the record begins after the newline before it.
      const end = text.lastIndexOf(newline)
      if (end < 0) break
      const begin = text.lastIndexOf(newline, end - 1)
      if (end === 0 || (begin < 0 && from > 0)) break
      // Of one that is too long for a record the end is not there any more; its newline was kept in its place.
      const over = end === text.length - 1 ? cut : 0
      yield { line: over > 0 ? nothing : text.subarray(begin + 1, end), end: from + end + 1 + over }
      text = text.subarray(0, begin + 1)
      cut = 0
    }
    rest = text
    if (rest.length <= mostRecordBytes) continue
    // What the file ends with, without a newline, is no line yet.
    if (rest.at(-1) !== newline) rest = nothing
    else {
      cut += rest.length - 2
      rest = Buffer.of(rest[0] ?? 0, newline)
    }
  }
}
