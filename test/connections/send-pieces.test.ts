import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { sendPieces } from '../../src/connections/send-pieces.ts'
import { waitUntil, waitUntilStill } from '../support/wait-until.ts'

async function ask(t: TestContext, answer: (response: ServerResponse) => void) {
  const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const [response] = (await once(get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }), 'response')) as [IncomingMessage]
  return response
}

test('one piece is sent with its length, an empty answer too', async (t) => {
  const response = await ask(t, (out) => void sendPieces(out, 200, {}, ['hällo'].values()))
  assert.deepEqual([response.headers['content-length'], await text(response)], ['6', 'hällo'])
})

test('of many pieces no two after the second are made in one turn', async (t) => {
  let turn = 0
  const madeIn: number[] = []
  let counting = true
  const count = () => {
    turn += 1
    if (counting) setImmediate(count)
  }
  count()
  t.after(() => {
    counting = false
  })
  function* pieces() {
    for (let piece = 0; piece < 20; piece += 1) {
      madeIn.push(turn)
      yield 'x'.repeat(100)
    }
  }
  const response = await ask(t, (out) => void sendPieces(out, 200, { 'content-type': 'a/b' }, pieces()))
  assert.equal((await text(response)).length, 2000)
  assert.equal(new Set(madeIn.slice(1)).size, 19)
  assert.equal(response.headers['content-type'], 'a/b')
})

test('a client that does not read is made no more, and one that goes ends it', async (t) => {
  let made = 0
  function* pieces() {
    for (; made < 5000; made += 1) yield 'x'.repeat(100_000)
  }
  let ended = false
  const response = await ask(t, (out) => {
    void sendPieces(out, 200, {}, pieces()).then(() => {
      ended = true
    })
  })
  await waitUntilStill('the pieces to be held up', () => made)
  assert.ok(made < 1000, `${made} pieces were made`)
  response.destroy()
  await waitUntil('the end', () => ended)
  assert.ok(made < 1000)
})
