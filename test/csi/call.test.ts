import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { CsiError, call } from '../../src/csi/call.ts'
import { node } from '../../src/protobuf/csi.ts'
import { TestCsiDriver } from '../support/csi-driver.ts'

test('codes are written as Go’s gRPC does', () => {
  const said = ([code, word]: readonly [number, string]) => assert.equal(new CsiError(code, 'no').message, `rpc error: code = ${word} desc = no`)
  const words = [
    [status.CANCELLED, 'Canceled'],
    [status.OUT_OF_RANGE, 'OutOfRange'],
    [status.UNAUTHENTICATED, 'Unauthenticated'],
    [99, 'Unknown'],
  ] as const
  words.forEach(said)
})

test('a driver that does not answer in time, and one that is not there, are told as Go’s gRPC does', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'csi-call-'))
  const driver = await TestCsiDriver.start('d', root, join(root, 'data'))
  const gate = Promise.withResolvers<void>()
  driver.gate = gate.promise
  t.after(async () => {
    gate.resolve()
    await driver[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })
  await assert.rejects(call(join(root, 'plugins/d/csi.sock'), node.publish, {}, 100), { code: status.DEADLINE_EXCEEDED, message: /code = DeadlineExceeded/ })
  await assert.rejects(call(join(root, 'none.sock'), node.publish, {}), { code: status.UNAVAILABLE, message: /code = Unavailable/ })
})
