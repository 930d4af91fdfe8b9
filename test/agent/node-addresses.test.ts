import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { nodeAddressesOf } from '../../src/agent/node-addresses.ts'

const of = (nodeName: string, ...nodeIps: string[]) => nodeAddressesOf({ nodeName, nodeIps })

test('what is given is the node’s address; loopback is refused', async () => {
  assert.deepEqual(await of('n', '192.0.2.7', '2001:db8::7'), ['192.0.2.7', '2001:db8::7'])
  await assert.rejects(of('n', '127.0.0.1'), /--node-ip: 127\.0\.0\.1 is a loopback address/)
})

test('a node that is named by its address has it', async () => {
  assert.deepEqual(await of('10.8.216.26'), ['10.8.216.26'])
  assert.deepEqual(await of('10.8.216.26', '192.0.2.7'), ['192.0.2.7'])
})

test('0.0.0.0 stands for the address that is found', async () => {
  const own = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).filter(({ internal, family }) => !internal && family === 'IPv4'))
  if (own.length === 0) await assert.rejects(of('n', '0.0.0.0'), /no IPv4 address of this host was found/)
  else assert.ok(own.some(({ address }) => address === '127.0.0.1') === false && (await of('n', '0.0.0.0')).length === 1)
})

test('without one that is given it is the address that the default route, or the host’s name, leads to', async () => {
  const own = new Set(Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address)))
  const [found = ''] = await of('n').catch(() => [''])
  if (found !== '') assert.ok(own.has(found) && !found.startsWith('127.'), found)
})
