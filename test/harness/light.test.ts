import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import type { Started } from '../../bench/support/start-cluster.ts'
import { run } from '../../src/base/spawn.ts'

const script = join(import.meta.dirname, '../../bench/support/start-cluster.ts')

describe('an idle cluster of one node in a process of its own', () => {
  let started: Started
  before(async () => {
    started = JSON.parse((await run(process.execPath, [script, '1', '0'])).stdout) as Started
  })

  test('takes less than 120 MiB beyond the process', () => {
    const beyondMb = started.idleMb - started.bareMb
    assert.ok(beyondMb < 120, `${beyondMb.toFixed(1)} MiB`)
  })

  for (const name of ['@kubernetes/client-node', 'undici', 'etcd3', '@grpc/grpc-js', 'dockerode', 'pino', 'ajv'])
    test(`has not loaded ${name}`, () => {
      assert.ok(started.packages.includes('ws'), 'the packages are seen')
      assert.ok(!started.packages.includes(name))
    })
})
