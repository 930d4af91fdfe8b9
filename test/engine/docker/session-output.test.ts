import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Duplex, type Readable } from 'node:stream'
import { test } from 'node:test'
import { sessionOutput } from '../../../src/engine/docker/session-output.ts'

const frame = (stream: 1 | 2, data: string | Buffer): Buffer => {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(data.length, 4)
  return Buffer.concat([header, Buffer.from(data)])
}

/** The engine's connection, of which the test has the far end. */
const connection = () => new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })

async function text(from: Readable | undefined): Promise<string> {
  let all = ''
  for await (const chunk of from?.setEncoding('utf8') ?? []) all += chunk
  return all
}

test('each stream has its own, and both end with the connection', async () => {
  const socket = connection()
  const { stdout, stderr, ended } = sessionOutput(socket, { tty: false, stderr: true })
  socket.push(Buffer.concat([frame(1, 'out'), frame(2, 'err'), frame(1, 'more')]))
  socket.push(null)
  assert.deepEqual(await Promise.all([text(stdout), text(stderr), ended]), ['outmore', 'err', undefined])
})

test('on a terminal everything is as it comes', async () => {
  const socket = connection()
  const { stdout, stderr } = sessionOutput(socket, { tty: true, stderr: true })
  socket.push(Buffer.from('\u0001 is no header'))
  socket.push(null)
  assert.equal(stderr, undefined)
  assert.equal(await text(stdout), '\u0001 is no header')
})

test('a stream that nobody reads holds the connection up; one that nobody wants any more does not', async () => {
  const socket = connection()
  const { stdout, stderr } = sessionOutput(socket, { tty: false, stderr: true })
  stdout.resume()
  socket.push(frame(2, Buffer.alloc(1 << 20)))
  await once(socket, 'pause')
  stderr?.destroy()
  await once(socket, 'resume')
  socket.push(frame(1, 'and on'))
  const [chunk] = await once(stdout, 'data')
  assert.equal(String(chunk), 'and on')
})

test('a connection that breaks ends the streams, and says why', async () => {
  const socket = connection()
  const { stdout, ended } = sessionOutput(socket, { tty: false, stderr: false })
  const said = text(stdout)
  socket.push(frame(1, 'half'))
  await once(stdout, 'readable')
  socket.destroy(new Error('the engine went'))
  await assert.rejects(ended, /the engine went/)
  assert.equal(await said, 'half')
})
