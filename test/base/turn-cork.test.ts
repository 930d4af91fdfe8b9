import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { TurnCork } from '../../src/base/turn-cork.ts'

/** A stream that notes what it is given at once. */
function noting() {
  const given: string[] = []
  const to = new Writable({
    write: (chunk, _encoding, done) => {
      given.push(String(chunk))
      done()
    },
    writev: (chunks, done) => {
      given.push(chunks.map(({ chunk }) => String(chunk)).join(''))
      done()
    },
  })
  return { given, to }
}

test('what is written within a turn of the event loop goes out as one, and each turn’s by itself', async () => {
  const { given, to } = noting()
  let released = 0
  const cork = new TurnCork(to, () => {
    released += 1
  })
  for (const turn of [
    ['a', 'b', 'c'],
    ['d', 'e'],
  ]) {
    for (const text of turn) {
      cork.hold()
      to.write(text)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual([given, released], [['abc', 'de'], 2])
})

test('it can be let go before the turn is over', () => {
  const { given, to } = noting()
  const cork = new TurnCork(to)
  cork.hold()
  to.write('a')
  cork.release()
  assert.deepEqual(given, ['a'])
})
