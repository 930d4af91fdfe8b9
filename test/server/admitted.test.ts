import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { silentLogger } from '../../src/base/log.ts'
import { admitted, type Door } from '../../src/server/admitted.ts'
import { readNodeRequest } from '../../src/server/node-request.ts'

const door: Door = {
  authenticate: async () => ({ name: 'caller', groups: [] }),
  authorize: async () => true,
  certificateOf: () => ({ kind: 'none' }),
  log: silentLogger,
}
const ask = (url: string, more: Partial<Door> = {}) => {
  const request = { socket: new PassThrough(), headers: {}, method: 'GET', url } as unknown as IncomingMessage
  return admitted({ ...door, ...more }, request, readNodeRequest(request))
}
const broken = async () => {
  throw new Error('the API server is away')
}

test('who cannot be authenticated because the API server is away is a stranger; whether one may, that cannot be asked, is a no', async () => {
  await assert.rejects(ask('/pods', { authenticate: broken }), { status: 401, message: 'Unauthorized' })
  const message = 'Authorization error (user=caller, verb=get, resource=nodes, subresource(s)=[pods proxy])'
  await assert.rejects(ask('/pods', { authorize: broken }), { status: 500, message })
})

test('rights are asked for by the clean path, whatever way it was written, and a line that cannot be read is nobody’s', async () => {
  const asked: string[] = []
  const authorize: Door['authorize'] = async (_, { verb, subresource }) => {
    asked.push(`${verb} ${subresource}`)
    return false
  }
  for (const [url, subresources] of [
    ['/%6detrics', 'metrics'],
    ['//stats/summary', 'stats'],
    ['/./logs/x', 'log'],
    ['/x/../logs/x', 'log'],
    ['/pods/../exec/n/p/c', 'proxy'],
    ['/metrics%2fcadvisor', 'metrics'],
    ['/metrics;x', 'proxy'],
    ['http://else/checkpoint/n/p/c', 'checkpoint'],
    ['/statusz', 'statusz'],
    ['/flagz', 'configz'],
  ] as const) {
    asked.length = 0
    await assert.rejects(ask(url, { authorize }), { status: 403 })
    assert.deepEqual(asked, [`get ${subresources}`], url)
  }
  await assert.rejects(ask('/%', { authenticate: broken }), { status: 400 })
})
