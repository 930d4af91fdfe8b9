import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventCorrelator, type EventDraft } from '../../src/kube/event-correlator.ts'

const draft = (message: string, reason = 'Failed', name = 'p'): EventDraft => ({
  object: { kind: 'Pod', namespace: 'a', name, uid: name },
  type: 'Warning',
  reason,
  message,
})
const minute = 60_000

test('a repeat counts up the event that was written', () => {
  const correlator = new EventCorrelator()
  const first = correlator.correlate(draft('no'), 0)
  assert.ok(first.do === 'create')
  correlator.created(first.key, 'p.1')
  assert.deepEqual(correlator.correlate(draft('no'), 1), { do: 'count', key: first.key, name: 'p.1', count: 2, message: 'no' })
  assert.equal(correlator.correlate(draft('yes'), 2).do, 'create', 'another message is another event')
})

test('from the tenth like event within ten minutes on they are combined into one', () => {
  const correlator = new EventCorrelator()
  for (let n = 1; n <= 9; n += 1) assert.equal(correlator.correlate(draft(`attempt ${n}`), n).do, 'create')
  const tenth = correlator.correlate(draft('attempt 10'), 10)
  assert.ok(tenth.do === 'create')
  assert.equal(tenth.draft.message, '(combined from similar events): attempt 10')
  correlator.created(tenth.key, 'p.combined')
  const next = correlator.correlate(draft('attempt 11'), 11)
  assert.ok(next.do === 'count')
  assert.deepEqual([next.name, next.message], ['p.combined', '(combined from similar events): attempt 11'])
  assert.equal(correlator.correlate(draft('attempt 12'), 11 * minute + 11).do, 'create', 'after ten quiet minutes each stands for itself')
})

test('one object has 25 events at once, then one each five minutes; another object has its own', () => {
  const correlator = new EventCorrelator()
  const taken = (now: number, name = 'p') => correlator.correlate(draft('same', `R${now}`, name), now).do !== 'drop'
  let passed = 0
  for (let n = 0; n < 100; n += 1) if (taken(n)) passed += 1
  assert.equal(passed, 25)
  assert.equal(taken(200, 'other'), true)
  assert.equal(taken(4 * minute), false)
  assert.equal(taken(6 * minute), true)
  assert.equal(taken(6 * minute + 1), false)
})

test('an event that has expired on the server is written anew', () => {
  const correlator = new EventCorrelator()
  const first = correlator.correlate(draft('no'), 0)
  assert.ok(first.do === 'create')
  correlator.created(first.key, 'p.1')
  correlator.forget(first.key)
  assert.deepEqual(correlator.correlate(draft('no'), 1), { do: 'create', key: first.key, draft: draft('no'), count: 1 })
})
