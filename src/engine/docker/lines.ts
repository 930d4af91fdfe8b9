import { AnswerError } from './exchange.ts'

const newline = 0x0a

/** The lines of an endless answer, without empty ones. Throws `AnswerError` for one that is longer than `mostBytes`: it may never end. */
export async function* lines(source: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<string> {
  let parts: Buffer[] = []
  let size = 0
  for await (const chunk of source) {
    let from = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      if (size + end - from > mostBytes) break
      const line = Buffer.concat([...parts, chunk.subarray(from, end)]).toString()
      parts = []
      size = 0
      from = end + 1
      if (line.trim() !== '') yield line
    }
    size += chunk.length - from
    if (size > mostBytes) throw new AnswerError(`a line of its answer is longer than ${mostBytes} bytes`)
    if (from < chunk.length) parts.push(chunk.subarray(from))
  }
  const rest = Buffer.concat(parts).toString()
  if (rest.trim() !== '') yield rest
}
