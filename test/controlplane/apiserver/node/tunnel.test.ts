import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { describe, it } from 'node:test'
import { tunnel } from '../../../../src/controlplane/apiserver/node/tunnel.ts'
import { socketPair } from '../../../support/socket-pair.ts'
import { waitUntil, waitUntilStill } from '../../../support/wait-until.ts'

const answer = { statusMessage: 'Switching Protocols', rawHeaders: ['Upgrade', 'SPDY/3.1'] } as unknown as IncomingMessage
const agreement = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n\r\n'

/** The outer ends of a tunnel: the client's and the node's. */
async function dig(heads: { readonly client?: string; readonly node?: string } = {}) {
  const [client, inner] = await socketPair()
  const [node, outer] = await socketPair()
  const head = (text = '') => Buffer.from(text)
  const done = tunnel({ take: () => inner, head: head(heads.client) }, { agreed: true, answer, socket: outer, head: head(heads.node) })
  return { client, node, done }
}

async function all(from: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of from as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('a tunnel from a client to a node', () => {
  it('hands on the agreement, what came early, and every byte both ways', async () => {
    const { client, node, done } = await dig({ client: 'early client', node: 'early node' })
    const [up, down] = [randomBytes(3_000_000), randomBytes(2_000_000)]
    for (let at = 0; at < up.length; at += 17_001) client.write(up.subarray(at, at + 17_001))
    client.end()
    node.end(down)
    const [atClient, atNode] = await Promise.all([all(client), all(node)])
    assert.ok(atClient.equals(Buffer.concat([Buffer.from(`${agreement}early node`), down])))
    assert.ok(atNode.equals(Buffer.concat([Buffer.from('early client'), up])))
    await done
  })

  it('takes no more from one side than the other reads', async () => {
    const { client, node, done } = await dig()
    client.resume()
    const block = Buffer.alloc(64 << 10)
    let sent = 0
    const write = () => {
      sent += block.length
      // One turn a block: else the loop would never let the others work.
      if (client.write(block)) setImmediate(write)
      else client.once('drain', write)
    }
    write()
    const before = await waitUntilStill('the client to be held up', () => sent)
    assert.ok(sent < 32 << 20, `${sent} bytes were taken`)
    node.once('data', () => {})
    await waitUntil('it to go on', () => sent > before)
    client.destroy()
    await done
  })

  it('ends both sides when one is gone', async () => {
    for (const gone of ['client', 'node'] as const) {
      const ends = await dig()
      ends.client.resume()
      ends.node.resume()
      ends[gone].destroy()
      await ends.done
    }
  })
})
