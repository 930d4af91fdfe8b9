import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseResolvConf, readHostDns } from '../../src/agent/resolv-conf.ts'

test('the resolver file is read as resolv.conf(5) says', () => {
  const text =
    '# made by hand\ndomain old.example\nsearch a.example b.example.\nnameserver 10.0.0.1\nnameserver fd00::1 ; second\noptions ndots:2 edns0\noptions rotate\n'
  assert.deepEqual(parseResolvConf(text), { servers: ['10.0.0.1', 'fd00::1'], searches: ['a.example', 'b.example'], options: ['ndots:2', 'edns0', 'rotate'] })
})

test('no file means no settings', async () => {
  assert.deepEqual(await readHostDns('/nonexistent/resolv.conf'), { servers: [], searches: [], options: [] })
})
