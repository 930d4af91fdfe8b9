import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Behaviour } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/autoscaler.ts'
import { type History, newHistory, withScaling } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/history.ts'
import { normalize } from '../../../../src/controlplane/controllers/horizontal-pod-autoscaler/normalize.ts'
import { now } from './autoscalers.ts'

const pods = (value: number, periodSeconds = 60) => ({ type: 'Pods', value, periodSeconds })
const percent = (value: number, periodSeconds = 60) => ({ type: 'Percent', value, periodSeconds })
const none: History = { recommendations: [], ups: [], downs: [] }
const recommended = (...all: [secondsAgo: number, replicas: number][]): History => ({
  ...none,
  recommendations: all.map(([seconds, replicas]) => ({ replicas, at: now - seconds * 1000 })),
})
const said = (wanted: number, current: number, behaviour?: Behaviour, history = none, [min, max] = [1, 100]) => {
  const { replicas, said: all } = normalize(wanted, { current, min: min ?? 1, max: max ?? 100 }, behaviour, history, now)
  return [replicas, ...all.map(({ is, reason }) => `${is ? '' : 'not '}${reason}`)]
}

test('without a behaviour it doubles at most, or goes to 4, and shrinks to the most of the last five minutes', () => {
  assert.deepEqual(said(50, 10), [20, 'ReadyForNewScale', 'ScaleUpLimit'])
  assert.deepEqual(said(50, 1), [4, 'ReadyForNewScale', 'ScaleUpLimit'])
  assert.deepEqual(said(50, 10, undefined, none, [1, 15]), [15, 'ReadyForNewScale', 'TooManyReplicas'])
  assert.deepEqual(said(1, 10, undefined, none, [3, 15]), [3, 'ReadyForNewScale', 'TooFewReplicas'])
  assert.deepEqual(said(2, 10, undefined, recommended([300, 8], [301, 9], [60, 5])), [8, 'ScaleDownStabilized', 'not DesiredWithinRange'])
  assert.deepEqual(said(2, 10, undefined, recommended([301, 9], [60, 5])), [5, 'ScaleDownStabilized', 'not DesiredWithinRange'])
})

// Of the documentation's examples of behaviours.
const rules = (scaleUp: object, scaleDown: object = {}): Behaviour =>
  ({
    scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [pods(4, 15), percent(100, 15)], ...scaleUp },
    scaleDown: { selectPolicy: 'Max', policies: [percent(100, 15)], ...scaleDown },
  }) as Behaviour

const limits: [name: string, wanted: number, current: number, behaviour: Behaviour, expected: [number, string]][] = [
  ['the usual rules: four pods, or as many again', 100, 10, rules({}), [20, 'ScaleUpLimit']],
  ['the usual rules of few', 100, 2, rules({}), [6, 'ScaleUpLimit']],
  ['the least of two policies', 100, 10, rules({ selectPolicy: 'Min' }), [14, 'ScaleUpLimit']],
  ['a part of few is rounded up', 100, 3, rules({ policies: [percent(10)] }), [4, 'ScaleUpLimit']],
  ['one that may not grow', 100, 10, rules({ selectPolicy: 'Disabled' }), [10, 'ScaleUpLimit']],
  ['a tenth at a time', 1, 80, rules({}, { stabilizationWindowSeconds: 0, policies: [percent(10)] }), [72, 'ScaleDownLimit']],
  ['four pods or a tenth, the more', 1, 80, rules({}, { stabilizationWindowSeconds: 0, policies: [pods(4), percent(10)] }), [72, 'ScaleDownLimit']],
  [
    'four pods or a tenth, the less',
    1,
    80,
    rules({}, { stabilizationWindowSeconds: 0, selectPolicy: 'Min', policies: [pods(4), percent(10)] }),
    [76, 'ScaleDownLimit'],
  ],
  ['one that may not shrink', 1, 80, rules({}, { stabilizationWindowSeconds: 0, selectPolicy: 'Disabled' }), [80, 'ScaleDownLimit']],
  ['one that may go as it likes', 7, 80, rules({}, { stabilizationWindowSeconds: 0 }), [7, 'not DesiredWithinRange']],
]
for (const [name, wanted, current, behaviour, [replicas, reason]] of limits)
  test(`by the rules of a behaviour: ${name}`, () => {
    assert.deepEqual(said(wanted, current, behaviour), [replicas, 'ReadyForNewScale', reason])
  })

test('what happened in a period counts, and no more when the period has passed', () => {
  const behaviour = rules({ policies: [pods(5)] }, { stabilizationWindowSeconds: 0, policies: [pods(5)] })
  const grown = withScaling(none, 10, 13, behaviour, now - 30_000)
  assert.deepEqual(said(100, 13, behaviour, grown)[0], 15)
  assert.deepEqual(said(1, 13, behaviour, grown)[0], 5, 'what was added may go as well')
  assert.deepEqual(said(100, 13, behaviour, withScaling(none, 10, 13, behaviour, now - 60_000))[0], 18)
  assert.deepEqual(said(100, 13, behaviour, withScaling(none, 6, 13, behaviour, now - 10_000)), [13, 'ReadyForNewScale', 'ScaleUpLimit'], 'by hand')
})

test('each direction holds on to what was wanted within its window', () => {
  const slow = rules({ stabilizationWindowSeconds: 60 }, { stabilizationWindowSeconds: 120 })
  assert.deepEqual(said(10, 5, slow, recommended([30, 7], [59, 6], [60, 1])), [6, 'ScaleUpStabilized', 'not DesiredWithinRange'])
  assert.deepEqual(said(2, 5, slow, recommended([30, 3], [119, 4], [120, 5])), [4, 'ScaleDownStabilized', 'not DesiredWithinRange'])
  assert.deepEqual(said(10, 5, slow, recommended([30, 2])), [5, 'ScaleUpStabilized', 'not DesiredWithinRange'], 'between them it stays')
  assert.deepEqual(said(2, 9, rules({}), recommended([299, 8])), [8, 'ScaleDownStabilized', 'not DesiredWithinRange'], 'five minutes unless said')
})

const policy = fc.record({ type: fc.constantFrom('Pods', 'Percent'), value: fc.integer({ min: 1, max: 150 }), periodSeconds: fc.integer({ min: 1, max: 120 }) })
const direction = fc.record({
  stabilizationWindowSeconds: fc.integer({ min: 0, max: 120 }),
  selectPolicy: fc.constantFrom('Max', 'Min', 'Disabled'),
  policies: fc.array(policy, { minLength: 1, maxLength: 3 }),
})
const behaviour = fc.option(fc.record({ scaleUp: direction, scaleDown: direction }), { nil: undefined }) as fc.Arbitrary<Behaviour | undefined>

test('property: whatever is wanted and when, it stays within its bounds and its pace, and remembers no more than its windows', () => {
  const step = fc.record({ wanted: fc.nat(60), seconds: fc.integer({ min: 1, max: 90 }) })
  fc.assert(
    fc.property(behaviour, fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 10 }), fc.integer({ min: 10, max: 50 }), (given, steps, min, max) => {
      let [at, current, history] = [now, min, newHistory(min, now)]
      const past = [{ at, current }]
      for (const { wanted, seconds } of steps) {
        at += seconds * 1000
        const { replicas, history: next } = normalize(wanted, { current, min, max }, given, history, at)
        assert.ok(replicas >= min && replicas <= max, `${replicas} of ${min} to ${max}`)
        if (wanted === current && !given) assert.ok(replicas >= current)
        if (given && replicas !== current) {
          const [rules, sign] = replicas > current ? [given.scaleUp, 1] : [given.scaleDown, -1]
          assert.notEqual(rules?.selectPolicy, 'Disabled')
          const within = (periodSeconds: number) => past.findLast((each) => each.at <= at - periodSeconds * 1000)?.current ?? min
          const allowed = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
            const start = within(periodSeconds)
            const bound = type === 'Pods' ? start + sign * value : sign > 0 ? Math.ceil(start * (1 + value / 100)) : Math.trunc(start * (1 - value / 100))
            return sign * (replicas - bound) <= 0
          })
          assert.ok(rules?.selectPolicy === 'Min' ? allowed.every(Boolean) : allowed.some(Boolean), `${current} to ${replicas}: ${JSON.stringify(rules)}`)
        }
        history = replicas === current ? next : withScaling(next, current, replicas, given, at)
        current = replicas
        past.push({ at, current })
        assert.ok(history.recommendations.every((each) => each.at >= at - 300_000))
        // Of what was scaled it forgets when it is scaled again.
        if (history.ups.at(-1)?.at === at) assert.ok(history.ups.every((each) => each.at >= at - 120_000))
      }
    }),
    { numRuns: 300 },
  )
})
