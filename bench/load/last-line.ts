import { readFileSync } from 'node:fs'

/** What a process said last that tells why it ended: the message of an error before its stack, or its last line. */
export function lastLine(file: string): string {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const error = lines.findLast((line) => /^\w*Error\b.*: /.test(line))
  return error ?? lines.at(-1) ?? 'it said nothing'
}
