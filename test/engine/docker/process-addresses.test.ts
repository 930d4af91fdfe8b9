import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { globalAddresses, localAddresses, processAddresses } from '../../../src/engine/docker/process-addresses.ts'

const fibTrie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.244.1.0/24 2 0 2
        |-- 10.244.1.0
           /24 link UNICAST
        |-- 10.244.1.5
           /32 host LOCAL
        |-- 10.244.1.255
           /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.1
           /32 host LOCAL
Local:
  +-- 0.0.0.0/0 3 0 5
        |-- 10.244.1.5
           /32 host LOCAL
`

test('the addresses of a network namespace are those that are its own, without loopback', () => {
  assert.deepEqual(localAddresses(fibTrie), ['10.244.1.5'])
  assert.deepEqual(localAddresses(''), [])
  const ifInet6 = `00000000000000000000000000000001 01 80 10 80       lo
fd000000000000000000000000000005 03 40 00 80     eth0
fe8000000000000000420afffe000002 03 40 20 80     eth0
`
  assert.deepEqual(globalAddresses(ifInet6), ['fd00::5'])
  assert.deepEqual(globalAddresses(''), [])
})

test('the kernel tells those of this process, and none of one that is gone', async () => {
  const own = Object.values(networkInterfaces()).flatMap((each) => each?.filter(({ internal, family }) => !internal && family === 'IPv4') ?? [])
  const found = await processAddresses(process.pid)
  for (const { address } of own) assert.ok(found.includes(address), `${address} of ${found}`)
  assert.deepEqual(await processAddresses(2 ** 22 + 1), [])
})
