import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOwnHost } from '../../src/cadvisor/host-check.ts'

for (const host of ['localhost', 'LOCALHOST:4194', '127.0.0.1:4194', '10.1.2.3', '[::1]:4194', 'Node-1:4194'])
  test(`${host} is this server`, () => assert.equal(isOwnHost(host, ['node-1']), true))

for (const host of [
  undefined,
  '',
  'evil.example:4194',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '[evil]:4194',
  'a@localhost',
  'localhost:x',
  '999.1.1.1',
])
  test(`${host} is not this server`, () => assert.equal(isOwnHost(host, ['node-1']), false))
