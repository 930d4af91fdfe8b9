import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProbeOutcome } from '../../../actors/pod/probes/outcome.ts'
import { freshStanding, judge, probeTiming } from '../../../actors/pod/probes/verdict.ts'

const outcome = (letter: string): ProbeOutcome => ({
  result: letter === 's' ? 'success' : letter === 'f' ? 'failure' : letter === 'w' ? 'warning' : 'unknown',
  output: '',
})

function verdicts(results: string, thresholds: { successThreshold?: number; failureThreshold?: number }) {
  let standing = freshStanding
  return [...results].map((letter) => {
    standing = judge(standing, outcome(letter), probeTiming(thresholds))
    return standing.verdict
  })
}

test('the thresholds count results alike in a row', () => {
  assert.deepEqual(verdicts('fffs', {}), [undefined, undefined, false, true])
  assert.deepEqual(verdicts('sfsffsfff', {}), [true, true, true, true, true, true, true, true, false])
  assert.deepEqual(verdicts('ssfss', { successThreshold: 2, failureThreshold: 1 }), [undefined, true, false, false, true])
})

test('a try that could not be made counts for nothing, a warning passes', () => {
  assert.deepEqual(verdicts('ffuf', {}), [undefined, undefined, undefined, false])
  assert.deepEqual(verdicts('w', {}), [true])
})

test('the defaults are the API’s', () => {
  assert.deepEqual(probeTiming({}), { initialDelayMs: 0, periodMs: 10_000, timeoutMs: 1000, successThreshold: 1, failureThreshold: 3 })
})
