import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { EscapedErrors } from '../../src/base/escaped-errors.ts'
import { type Logger, silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'

function stage() {
  const clock = new ManualClock()
  const source = new EventEmitter()
  const said: string[] = []
  const ended: number[] = []
  const log: Logger = { ...silentLogger, error: (message) => void said.push(message) }
  const escaped = new EscapedErrors({ clock, log, source, giveUp: (code) => void ended.push(code) })
  return { clock, source, said, ended, escaped }
}

test('an error that nobody owned is logged, counted and survived', () => {
  const { source, said, ended, escaped } = stage()
  source.emit('unhandledRejection', new Error('x'))
  source.emit('uncaughtException', 'no error at all')
  assert.deepEqual([escaped.count, ended], [2, []])
  assert.deepEqual(said, ['a promise was rejected and nobody heard it', 'an error was thrown and nobody caught it'])
  escaped[Symbol.dispose]()
  assert.deepEqual([source.listenerCount('unhandledRejection'), source.listenerCount('uncaughtException')], [0, 0])
})

test('errors that do not end end the process, those that are far between do not', async () => {
  const { clock, source, ended } = stage()
  for (let n = 0; n < 100; n += 1) {
    source.emit('unhandledRejection', new Error('now and then'))
    await clock.advance(4_000)
  }
  assert.deepEqual(ended, [])
  for (let n = 0; n < 21; n += 1) source.emit('uncaughtException', new Error('again'))
  assert.equal(ended[0], 1)
})

test('an error while it is logged does not hold up the end', () => {
  const source = new EventEmitter()
  const ended: number[] = []
  const log: Logger = {
    ...silentLogger,
    error() {
      throw new Error('the log is gone')
    },
  }
  using escaped = new EscapedErrors({ clock: new ManualClock(), log, source, giveUp: (code) => void ended.push(code) })
  for (let n = 0; n < 21; n += 1) assert.throws(() => source.emit('uncaughtException', new Error('x')), /the log is gone/)
  assert.deepEqual([escaped.count, ended], [21, [1]])
})
