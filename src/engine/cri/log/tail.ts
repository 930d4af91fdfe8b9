import type { FileHandle } from 'node:fs/promises'
import { parseRecord } from './records.ts'

const blockBytes = 64 * 1024
const newline = 0x0a

/** Where the container's last `lines` lines begin in a file of this size, found from its end. */
export async function tailOffset(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines <= 0) return size
  let left = lines
  // The begin of the record that was looked at last.
  let begin = size
  for await (const { line, end } of recordsBackwards(file, size)) {
    // The end of a line before those that are wanted: what follows it is wanted.
    if (!parseRecord(line)?.isPartial && left-- === 0) return end
    begin = end - line.length - 1
  }
  return Math.max(0, begin)
}

/** The complete records from the last to the first, without their newline, each with the offset of what comes after it. */
async function* recordsBackwards(file: FileHandle, size: number): AsyncGenerator<{ readonly line: Buffer; readonly end: number }> {
  let held: Buffer = Buffer.alloc(0)
  let from = size
  // Where the last complete record ends; what follows is being written.
  let end = -1
  while (from > 0) {
    const length = Math.min(blockBytes, from)
    from -= length
    const block = Buffer.alloc(length)
    await file.read(block, 0, length, from)
    const text: Buffer = held.length === 0 ? block : Buffer.concat([block, held])
    if (end < 0) {
      const last = text.lastIndexOf(newline)
      if (last < 0) {
        held = text
        continue
      }
      end = from + last + 1
    }
    let stop = end - from
    for (;;) {
      const before = stop >= 2 ? text.lastIndexOf(newline, stop - 2) : -1
      if (before < 0) break
      yield { line: text.subarray(before + 1, stop - 1), end: from + stop }
      stop = before + 1
    }
    end = from + stop
    if (from === 0 && stop > 0) yield { line: text.subarray(0, stop - 1), end: stop }
    held = text.subarray(0, stop)
  }
}
