/** A record of Docker's json-file driver: a line, or a piece of 16 KiB of a longer one. */
interface LogRecord {
  readonly log: string
  readonly stream: string
  /** RFC 3339 with up to nine digits of a second. */
  readonly time: string
}

const newline = 0x0a

/** The driver cuts a line at 16 KiB, which JSON writes in six times as much at most; what is longer is no record of its. */
export const mostRecordBytes = 256 * 1024

/** One record, or undefined for what is none: the daemon died in the middle of writing it, or the file is damaged. */
function parse(line: Buffer): LogRecord | undefined {
  if (line.length > mostRecordBytes) return undefined
  try {
    const value: unknown = JSON.parse(line.toString())
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is LogRecord =>
  typeof value === 'object' && value !== null && 'log' in value && typeof value.log === 'string' && 'time' in value && typeof value.time === 'string'

/** Whether the record ends a line of the container's. */
export const endsLine = (line: Buffer): boolean => parse(line)?.log.endsWith('\n') ?? false

/** Bytes of a log file, in pieces of any size, to what the container wrote. */
export class RecordReader {
  readonly #since: number
  readonly #timestamps: boolean
  /** The beginning of a record that goes on, in the pieces it came in. */
  #rest: Buffer[] = []
  #restBytes = 0
  #atLineStart = true

  constructor({ since = Number.NEGATIVE_INFINITY, timestamps = false }: { readonly since?: number; readonly timestamps?: boolean }) {
    this.#since = since
    this.#timestamps = timestamps
  }

  /** What the complete records among these bytes say. */
  read(bytes: Buffer): Buffer {
    const said: string[] = []
    let from = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, from)) {
      const record = this.#whole(bytes.subarray(from, end))
      from = end + 1
      if (record && (this.#since === Number.NEGATIVE_INFINITY || Date.parse(record.time) >= this.#since)) this.#say(record, said)
    }
    const left = bytes.length - from
    // A copy: the caller reads on into the same memory. Of what is no record any more its length alone is kept.
    if (left > 0 && this.#restBytes <= mostRecordBytes) this.#rest.push(Buffer.from(bytes.subarray(from)))
    this.#restBytes += left
    if (this.#restBytes > mostRecordBytes) this.#rest = []
    return Buffer.from(said.join(''))
  }

  /** The record that ends here. */
  #whole(end: Buffer): LogRecord | undefined {
    const isTooLong = this.#restBytes + end.length > mostRecordBytes
    const line = this.#rest.length === 0 ? end : Buffer.concat([...this.#rest, end])
    this.nextFile()
    return isTooLong ? undefined : parse(line)
  }

  /** The file has ended; what is left of a record in it never comes. */
  nextFile(): void {
    this.#rest = []
    this.#restBytes = 0
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
