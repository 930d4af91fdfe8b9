import { ByteBuffer } from './byte-buffer.ts'
import { ChunkedReader } from './chunked.ts'
import { ResponseError } from './errors.ts'
import { type BodyKind, bodyKind, HeaderLines, parseStatusLine, type ResponseHead } from './response-head.ts'

/** Go's default of Transport.MaxResponseHeaderBytes. */
const mostHeadBytes = 10 * 1024 ** 2

/**
 * Reads one HTTP/1 response as Go's net/http does, from pieces of any size: lines that end in LF alone, HTTP/1.0, a status without a reason,
 * headers up to 10 MiB. Work and memory are linear in what is pushed; of the body `bodyLimit` bytes are kept, then it is done.
 */
export class ResponseReader {
  readonly #bodyLimit: (head: ResponseHead) => number
  readonly #line = new ByteBuffer()
  #headBytes = 0
  #status: Pick<ResponseHead, 'status' | 'atLeast11'> | undefined
  #headers = new HeaderLines()
  #head: ResponseHead | undefined
  #kind: BodyKind = { kind: 'none' }
  #chunks = new ChunkedReader()
  #limit = 0
  readonly #body = new ByteBuffer()
  #done = false

  /** `bodyLimit`: how much of the body is wanted, asked once its head is there. */
  constructor(bodyLimit: (head: ResponseHead) => number) {
    this.#bodyLimit = bodyLimit
  }

  /** Absent until it is whole. Informational ones (1xx) are passed over, but for 101. */
  get head(): ResponseHead | undefined {
    return this.#head
  }

  /** Nothing more is wanted. */
  get done(): boolean {
    return this.#done
  }

  get body(): Buffer {
    return this.#body.bytes
  }

  /** Throws `ResponseError`; before there is a head, it is the head's fault. */
  push(chunk: Buffer): void {
    let rest = chunk
    while (!this.#head && rest.length > 0) {
      const end = rest.indexOf(10)
      const piece = end < 0 ? rest : rest.subarray(0, end)
      this.#headBytes += piece.length + 1
      if (this.#headBytes > mostHeadBytes) throw new ResponseError(`net/http: server response headers exceeded ${mostHeadBytes} bytes; aborted`)
      this.#line.append(piece)
      if (end < 0) return
      rest = rest.subarray(end + 1)
      const line = this.#line.bytes.toString('latin1')
      this.#line.clear()
      this.#takeLine(line.endsWith('\r') ? line.slice(0, -1) : line)
    }
    if (!this.#done && rest.length > 0) this.#pushBody(rest)
  }

  /** Nothing more comes. Throws `ResponseError` when that is too soon. */
  end(): void {
    if (this.#done) return
    if (!this.#head) throw new ResponseError(this.#headBytes === 0 ? 'EOF' : 'unexpected EOF')
    if (this.#kind.kind !== 'until-closed') throw new ResponseError(this.#kind.kind === 'chunked' ? this.#chunks.missing : 'unexpected EOF')
    this.#done = true
  }

  #takeLine(line: string): void {
    if (!this.#status) {
      this.#status = parseStatusLine(line)
      return
    }
    if (line !== '') return this.#headers.add(line)
    const { status } = this.#status
    const values = (name: string) => this.#headers.values(name)
    const head: ResponseHead = {
      ...this.#status,
      location: values('location')[0],
      transferEncodings: values('transfer-encoding'),
      contentLengths: values('content-length'),
    }
    const kind = bodyKind(head)
    if (status >= 100 && status < 200 && status !== 101) {
      this.#status = undefined
      this.#headers = new HeaderLines()
      return
    }
    this.#head = head
    this.#kind = kind
    this.#limit = this.#bodyLimit(head)
    this.#done = kind.kind === 'none' || this.#limit === 0
  }

  #pushBody(data: Buffer): void {
    if (this.#kind.kind === 'chunked') {
      this.#chunks.push(data, (part) => this.#keep(part))
      if (this.#chunks.done) this.#done = true
    } else {
      this.#keep(data)
      if (this.#kind.kind === 'length' && this.#body.length >= this.#kind.length) this.#done = true
    }
    if (this.#body.length >= this.#limit) this.#done = true
  }

  #keep(part: Buffer): void {
    const whole = this.#kind.kind === 'length' ? this.#kind.length - this.#body.length : Number.POSITIVE_INFINITY
    const wanted = part.subarray(0, Math.max(0, Math.min(this.#limit - this.#body.length, whole)))
    this.#body.append(wanted)
  }
}
