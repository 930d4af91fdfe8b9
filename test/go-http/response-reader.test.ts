import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ResponseError } from '../../src/go-http/errors.ts'
import { ResponseReader } from '../../src/go-http/response-reader.ts'

/** What is read from those bytes, cut into pieces of such lengths, after which the server closes. */
function read(text: string | Buffer, pieces: readonly number[] = []): { status?: number; body?: string; error?: string } {
  const reader = new ResponseReader(() => 10_240)
  const bytes = Buffer.from(text)
  const answer = () => ({ ...(reader.head ? { status: reader.head.status, body: reader.body.toString() } : {}) })
  try {
    let at = 0
    for (let turn = 0; at < bytes.length && !reader.done; turn++) {
      const length = pieces.length === 0 ? bytes.length : (pieces[turn % pieces.length] ?? 1)
      reader.push(bytes.subarray(at, at + length))
      at += length
    }
    reader.end()
    return answer()
  } catch (error) {
    assert.ok(error instanceof ResponseError)
    return { ...answer(), error: error.message }
  }
}

const table: [about: string, text: string, expected: { status?: number; body?: string; error?: string }][] = [
  ['lines that end in LF alone', 'HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 2\n\nok', { status: 200, body: 'ok' }],
  ['a 204 of one line', 'HTTP/1.1 204 No Content\n\n', { status: 204, body: '' }],
  ['HTTP/1.0, whose body ends with the connection', 'HTTP/1.0 200 OK\r\nServer: x\r\n\r\nsome words', { status: 200, body: 'some words' }],
  ['many blanks before the status', 'HTTP/1.1   404   Not here\r\nContent-Length: 0\r\n\r\n', { status: 404, body: '' }],
  ['30 KB of one header', `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Big: ${'z'.repeat(30_000)}\r\n\r\n`, { status: 200, body: '' }],
  ['a body cut short', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart', { status: 200, body: 'part', error: 'unexpected EOF' }],
  ['a head cut short', 'HTTP/1.1 200 OK\r\nContent-Le', { error: 'unexpected EOF' }],
  ['nothing', '', { error: 'EOF' }],
  ['what is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', { error: 'malformed HTTP response "SSH-2.0-OpenSSH_9.2"' }],
  ['another version', 'HTTP/x.1 200 OK\r\n\r\n', { error: 'malformed HTTP version "HTTP/x.1"' }],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', { error: 'malformed HTTP status code "20"' }],
  ['a header without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n', { error: 'malformed MIME header line: nonsense' }],
  ['a header with a folded line', 'HTTP/1.1 200 OK\r\nX-A: one\r\n  two\r\nContent-Length:\r\n 2\r\n\r\nok', { status: 200, body: 'ok' }],
  ['a head that begins with a fold', 'HTTP/1.1 200 OK\r\n X: 1\r\n\r\n', { error: 'malformed MIME header initial line:  X: 1' }],
  ['a name with a blank before its colon', 'HTTP/1.1 200 OK\r\nServer : x\r\nContent-Length: 0\r\n\r\n', { status: 200, body: '' }],
  ['a length told twice alike', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nok', { status: 200, body: 'ok' }],
  [
    'a length told twice in two ways',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
    { error: 'http: message cannot contain multiple Content-Length headers; got ["2" "3"]' },
  ],
  ['a length with zeros before it', 'HTTP/1.1 200 OK\r\nContent-Length: 002\r\n\r\nok!', { status: 200, body: 'ok' }],
  ['a length with a sign', 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok', { error: 'bad Content-Length "+2"' }],
  ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n002;x=y\r\nok\r\n0\r\nX-T: 1\r\n\r\n', { status: 200, body: 'ok' }],
  ['chunks beside a length', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', { status: 200, body: 'ok' }],
  [
    'chunks that LF alone ends',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n',
    { status: 200, body: '', error: 'chunked line ends with bare LF' },
  ],
  ['chunks cut short', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok', { status: 200, body: 'ok', error: 'unexpected EOF' }],
  ['a chunk of no length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', { status: 200, body: '', error: 'invalid byte in chunk length' }],
  ['another encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', { error: 'unsupported transfer encoding: "gzip"' }],
  ['chunks of HTTP/1.0, which has none', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok', { status: 200, body: '2\r\nok' }],
  [
    'informational answers before it',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n',
    { status: 201, body: '' },
  ],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', { status: 101, body: '' }],
  ['a 304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n', { status: 304, body: '' }],
  ['a body of more than is wanted', `HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${'z'.repeat(20_000)}`, { status: 200, body: 'z'.repeat(10_240) }],
]
for (const [about, text, expected] of table) {
  test(`${about}: read as Go's net/http reads it, however it is cut`, () => {
    assert.deepEqual(read(text), expected)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }), (pieces) => assert.deepEqual(read(text, pieces), expected)),
      { numRuns: 20 },
    )
  })
}

test('a status line needs no reason, nor the blank before it', () => {
  assert.deepEqual(read('HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n'), { status: 200, body: '' })
  assert.deepEqual(read('HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n'), { status: 200, body: '' })
})

test('headers of more than 10 MiB are refused, and no more of them is kept', () => {
  const reader = new ResponseReader(() => 1)
  reader.push(Buffer.from('HTTP/1.1 200 OK\r\nX: '))
  const piece = Buffer.alloc(1024 ** 2, 'z')
  assert.throws(() => {
    for (let index = 0; index < 11; index++) reader.push(piece)
  }, /server response headers exceeded 10485760 bytes; aborted/)
})

test('any bytes give an answer or a reason', () => {
  const words = fc.constantFrom(
    'HTTP/1.1 ',
    '200',
    ' OK',
    '\r\n',
    '\n',
    'Content-Length: ',
    '5',
    ' ',
    'Transfer-Encoding: chunked',
    'X: y',
    '0',
    '\u0000',
    ':',
    'a',
  )
  fc.assert(
    fc.property(fc.array(words), (parts) => {
      const { status, error } = read(parts.join(''))
      assert.ok(status !== undefined || error)
    }),
  )
})

test('a head in pieces of one byte costs no more than its bytes', () => {
  const reader = new ResponseReader(() => 10)
  const head = Buffer.from(`HTTP/1.1 200 OK\r\n${`X-A: ${'b'.repeat(50)}\r\n`.repeat(2000)}\r\n`)
  const before = process.memoryUsage().arrayBuffers
  for (let index = 0; index < head.length; index++) reader.push(head.subarray(index, index + 1))
  assert.equal(reader.head?.status, 200)
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20)
})
