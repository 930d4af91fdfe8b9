const newline = 0x0a
const space = 0x20
const partial = 0x50

/** A line of a log file in CRI's format: `<RFC 3339 with nanoseconds> <stdout|stderr> <P|F>[:…] <text>`. P: the container's line goes on in the next. */
export interface LogRecord {
  readonly time: string
  readonly isPartial: boolean
  /** Without the end of the line. */
  readonly text: Buffer
}

/** Undefined for what is none. `line` is without its newline. */
export function parseRecord(line: Buffer): LogRecord | undefined {
  const afterTime = line.indexOf(space)
  const afterStream = afterTime < 0 ? -1 : line.indexOf(space, afterTime + 1)
  if (afterStream < 0) return undefined
  const stream = line.toString('latin1', afterTime + 1, afterStream)
  if (stream !== 'stdout' && stream !== 'stderr') return undefined
  const afterTag = line.indexOf(space, afterStream + 1)
  const textAt = afterTag < 0 ? line.length : afterTag + 1
  return { time: line.toString('latin1', 0, afterTime), isPartial: line[afterStream + 1] === partial, text: line.subarray(textAt) }
}

/** A record that is longer than this is none: a runtime cuts at 16 KiB. */
const longestRecord = 1024 * 1024

/** Bytes of a log file, in pieces of any size, to what the container wrote. */
export class RecordReader {
  readonly #since: number
  readonly #timestamps: boolean
  #rest: Buffer = Buffer.alloc(0)
  #atLineStart = true

  constructor({ since = Number.NEGATIVE_INFINITY, timestamps = false }: { readonly since?: number; readonly timestamps?: boolean }) {
    this.#since = since
    this.#timestamps = timestamps
  }

  /** What the complete records among these bytes say. */
  read(bytes: Buffer): Buffer {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const said: Uint8Array[] = []
    let from = 0
    for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, from)) {
      const record = parseRecord(all.subarray(from, end))
      from = end + 1
      if (record && (this.#since === Number.NEGATIVE_INFINITY || Date.parse(record.time) >= this.#since)) this.#say(record, said)
    }
    // A copy: the caller reads on into the same memory.
    this.#rest = all.length - from > longestRecord ? Buffer.alloc(0) : Buffer.from(all.subarray(from))
    return Buffer.concat(said)
  }

  /** The file has ended; what is left of a record in it never comes. */
  nextFile(): void {
    this.#rest = Buffer.alloc(0)
  }

  #say({ time, isPartial, text }: LogRecord, said: Uint8Array[]): void {
    if (this.#timestamps && this.#atLineStart) said.push(Buffer.from(`${inNanoseconds(time)} `))
    said.push(text)
    if (!isPartial) said.push(lineEnd)
    this.#atLineStart = !isPartial
  }
}

const lineEnd = Buffer.of(newline)

/** With all nine digits, as a kubelet prints it. */
function inNanoseconds(time: string): string {
  const [, second = time, fraction = '', zone = 'Z'] = /^([^.]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? []
  return `${second}.${fraction.padEnd(9, '0')}${zone}`
}
