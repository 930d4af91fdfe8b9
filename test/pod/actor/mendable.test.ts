import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { AskError } from '../../../actors/kernel/types.ts'
import { isMendable } from '../../../actors/pod/mendable.ts'
import { EngineError } from '../../../src/engine/engine.ts'

test('another try may mend what the engine, the file system or a question lacked, never a bug', async () => {
  const ofFileSystem = await readFile('/nowhere').catch((error: unknown) => error)
  for (const error of [new EngineError('unreachable', ''), new AskError('timeout', ''), ofFileSystem]) assert.ok(isMendable(error), String(error))
  for (const error of [new TypeError('x is not a function'), new Error('no'), 'words', undefined]) assert.ok(!isMendable(error), String(error))
})
