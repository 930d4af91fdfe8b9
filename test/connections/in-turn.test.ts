import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { inTurn } from '../../src/connections/in-turn.ts'
import { waitUntil } from '../support/wait-until.ts'
import { heardOn, listening, saying, untilNone } from './clients.ts'

const get = (path: string, last = false) => `GET ${path} HTTP/1.1\r\nHost: x\r\n${last ? 'Connection: close\r\n' : ''}\r\n`

test('requests sent without waiting are served one after the other', async () => {
  let now = 0
  let most = 0
  await using served = await listening(
    createServer(
      inTurn((request, response) => {
        now += 1
        most = Math.max(most, now)
        setImmediate(() => {
          now -= 1
          response.end(request.url)
        })
      }),
    ),
  )
  const text = await heardOn(await saying(served.port, Array.from({ length: 50 }, (_, n) => get(`/${n}`, n === 49)).join('')))
  assert.deepEqual(
    text.match(/^\/\d+/gm)?.map((path) => path.replace(/HTTP.*/, '')),
    Array.from({ length: 50 }, (_, n) => `/${n}`),
  )
  assert.equal(most, 1)
})

test('a client that asks much and reads nothing has one answer made for it', async () => {
  let made = 0
  await using served = await listening(
    createServer(
      inTurn((request, response) => {
        made += 1
        response.end(request.url === '/big' ? Buffer.alloc(16 << 20) : 'small')
      }),
    ),
  )
  const client = await saying(served.port, get('/big').repeat(80))
  client.pause()
  await waitUntil('the first answer', () => made > 0)
  // Another client's whole turn later nothing more was made.
  await heardOn(await saying(served.port, get('/', true)))
  assert.equal(made, 2)
  client.destroy()
  await untilNone(served)
})

test('a client with more waiting than anybody needs is cut off', async () => {
  const held: ServerResponse[] = []
  await using served = await listening(createServer(inTurn((_, response) => void held.push(response))))
  const client = await saying(served.port, get('/').repeat(5000))
  await heardOn(client)
  assert.equal(held.length, 1)
  await untilNone(served)
})
