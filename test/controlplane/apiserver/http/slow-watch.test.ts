import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { streamWatch } from '../../../../src/controlplane/apiserver/http/watch-response.ts'
import { filterOf } from '../../../../src/controlplane/apiserver/rest/selection.ts'
import { EventTexts } from '../../../../src/controlplane/apiserver/watch/event-text.ts'
import { OpenWatches } from '../../../../src/controlplane/apiserver/watch/open-watches.ts'
import { WatchQueue } from '../../../../src/controlplane/apiserver/watch/watch-queue.ts'
import { listening, saying, untilNone } from '../../../connections/clients.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { configMaps, makeBackend } from '../../harness.ts'

const big = 'x'.repeat(100_000)

/** Watches of config maps, of which `maxWaiting` changes may wait. */
async function watches(maxWaiting: number, as?: 'Table') {
  const { backend, store, definitions, clock } = await makeBackend()
  const definition = definitions.named('configmaps')
  const responses: ServerResponse[] = []
  const served = await listening(
    createServer((_, response) => {
      responses.push(response)
      void streamWatch(response, () => new WatchQueue(store, definition, filterOf(definition, 'default', {}), { from: store.revision, maxWaiting }), {
        definition,
        clock,
        open: new OpenWatches(),
        texts: new EventTexts(),
        format: 'json',
        view: { as, includeObject: 'Object' },
        bookmarks: true,
        bookmarkIntervalMs: 10,
        timeoutMs: 3_600_000,
        revision: () => store.revision,
      })
    }),
  )
  let made = 0
  return Object.assign(served, {
    responses,
    clock,
    change: () => backend.create(configMaps, { metadata: { name: `c${made++}` }, data: { big } } as never),
  })
}

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

for (const as of [undefined, 'Table'] as const)
  test(`a ${as ?? 'plain'} watcher that reads nothing holds a buffer, no listener for each change, and is hung up on`, async () => {
    await using served = await watches(200, as)
    const client = await saying(served.port, get)
    client.pause()
    const response = await waitUntil('the watch', () => served.responses[0])
    let listeners = 0
    let waiting = 0
    // More than the kernel takes, then more than may wait.
    for (let change = 0; change < 600 && !response.destroyed; change += 1) {
      await served.change()
      await new Promise((resolve) => setImmediate(resolve))
      listeners = Math.max(listeners, response.listenerCount('drain') + response.listenerCount('close') + (response.socket?.listenerCount('drain') ?? 0))
      waiting = Math.max(waiting, response.writableLength)
    }
    assert.ok(listeners <= 10, `${listeners} listeners`)
    assert.ok(waiting < 1 << 20, `${waiting} bytes waited`)
    await untilNone(served)
    client.destroy()
  })

test('a watcher that reads slowly but keeps up gets every change, and leaves no listener', async () => {
  await using served = await watches(1000)
  const client = await saying(served.port, get)
  let text = 0
  client.on('data', (chunk: Buffer) => {
    text += chunk.length
    client.pause()
    setImmediate(() => client.resume())
  })
  const response = await waitUntil('the watch', () => served.responses[0])
  const before = response.listenerCount('close')
  for (let change = 0; change < 300; change += 1) await served.change()
  await waitUntil('all changes', () => text > 300 * big.length)
  assert.deepEqual([response.listenerCount('drain'), response.listenerCount('close')], [0, before])
  client.destroy()
})

test('bookmarks for a watcher that reads nothing do not pile up', async () => {
  const { store, definitions } = await makeBackend()
  const definition = definitions.named('configmaps')
  using queue = new WatchQueue(store, definition, filterOf(definition, 'default', {}), { from: store.revision })
  for (let revision = 1; revision <= 1000; revision += 1) queue.bookmark(revision)
  assert.deepEqual(await queue.next(), [{ type: 'BOOKMARK', revision: 1000, initialEventsEnd: false }])
})

test('texts of changes are kept up to a size, not only up to a number', async () => {
  const { definitions } = await makeBackend()
  const definition = definitions.named('configmaps')
  const texts = new EventTexts(256, 1_000_000)
  for (let change = 0; change < 100; change += 1) {
    const object = { metadata: { name: `c${change}` }, data: { big } }
    const line = texts.line(definition, { type: 'ADDED', object, event: { type: 'ADDED', revision: change, object } })
    assert.ok(String(line).includes(big))
    assert.ok(texts.chars <= 1_000_000)
  }
})
