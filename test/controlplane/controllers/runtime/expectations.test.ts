import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Expectations } from '../../../../src/controlplane/controllers/runtime/expectations.ts'

test('what was made and is not seen yet holds its owner back, for five minutes at most', () => {
  const expectations = new Expectations()
  const seen = new Set<string>()
  const isMet = (key: string, now: number) => expectations.isMet(key, (uid) => seen.has(uid), now)
  expectations.expect('default/web', 'a', 0)
  expectations.expect('default/web', 'b', 0)
  seen.add('a')
  assert.deepEqual([isMet('default/web', 1), isMet('default/other', 1)], [false, true])
  seen.add('b')
  assert.ok(isMet('default/web', 2))
  expectations.expect('default/web', 'lost', 0)
  assert.deepEqual([isMet('default/web', 299_999), isMet('default/web', 300_000)], [false, true])
})
