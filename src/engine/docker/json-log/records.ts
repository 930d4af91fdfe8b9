/** A record of Docker's json-file driver: a line, or a piece of 16 KiB of a longer one. */
interface LogRecord {
  readonly log: string
  readonly stream: string
  /** RFC 3339 with up to nine digits of a second. */
  readonly time: string
}

const newline = 0x0a

/** One record, or undefined for what is none: the daemon died in the middle of writing it. */
function parse(line: Buffer): LogRecord | undefined {
  try {
    return JSON.parse(line.toString()) as LogRecord
  } catch {
    return undefined
  }
}

/** Whether the record ends a line of the container's. */
export const endsLine = (line: Buffer): boolean => parse(line)?.log.endsWith('\n') ?? false

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
    const said: string[] = []
    let from = 0
    for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, from)) {
      const record = parse(all.subarray(from, end))
      from = end + 1
      if (record && (this.#since === Number.NEGATIVE_INFINITY || Date.parse(record.time) >= this.#since)) this.#say(record, said)
    }
    // A copy: the caller reads on into the same memory.
    this.#rest = Buffer.from(all.subarray(from))
    return Buffer.from(said.join(''))
  }

  /** The file has ended; what is left of a record in it never comes. */
  nextFile(): void {
    this.#rest = Buffer.alloc(0)
  }

  #say({ log, time }: LogRecord, said: string[]): void {
    if (this.#timestamps && this.#atLineStart) said.push(nanoseconds(time), ' ')
    said.push(log)
    this.#atLineStart = log.endsWith('\n')
  }
}

/** With all nine digits, as Docker and a kubelet print it. */
function nanoseconds(time: string): string {
  const [, second = time, fraction = '', zone = 'Z'] = /^([^.]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? []
  return `${second}.${fraction.padEnd(9, '0')}${zone}`
}
