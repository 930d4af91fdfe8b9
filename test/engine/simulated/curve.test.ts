import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as holds, integer, property } from 'fast-check'
import { Counter } from '../../../src/engine/simulated/counter.ts'
import { highestOf, valueAt } from '../../../src/engine/simulated/curve.ts'
import { readCurve } from '../../../src/engine/simulated/curve-text.ts'

const seed = 7
const minuteMs = 60_000
/** In thousandths of a core at the given minutes. */
const milliAt = (text: string, minutes: readonly number[]) => {
  const curve = readCurve(text, 'cores')
  return minutes.map((minute) => Math.round(valueAt(curve, minute * minuteMs, seed) * 1000))
}

test('a curve is as it is written', () => {
  for (const [text, minutes, expected] of [
    ['250m', [0, 1, 1000], [250, 250, 250]],
    ['1.5', [0], [1500]],
    ['ramp(100m,500m,4m)', [0, 1, 3, 4, 90], [100, 200, 400, 500, 500]],
    ['ramp(1, 0, 2m)', [0, 1, 5], [1000, 500, 0]],
    ['step(100m,900m,2m)', [0, 1.999, 2, 50], [100, 100, 900, 900]],
    ['sine(100m,900m,10m)', [0, 2.5, 5, 7.5, 10, 15], [100, 500, 900, 500, 100, 900]],
    ['spikes(100m,2,5m,30s)', [0, 4, 4.5, 4.9, 5, 9.6], [100, 100, 2000, 2000, 100, 2000]],
    ['100m + ramp(0,1,1m)', [0, 1], [100, 1100]],
    ['1e-1+sine(0,100m,2m)', [0, 1], [100, 200]],
  ] as const)
    assert.deepEqual(milliAt(text, minutes), expected, text)
})

test('noise is another each second, the same for the same seed, about its middle, and never takes a curve below nothing', () => {
  const curve = readCurve('500m + noise(50m)', 'cores')
  const values = (of: number) => Array.from({ length: 3600 }, (_, second) => valueAt(curve, second * 1000 + 300, of))
  const [one, same, other] = [values(1), values(1), values(2)]
  assert.deepEqual(one, same)
  assert.ok(one.filter((value, second) => value !== other[second]).length > 3500)
  assert.equal(valueAt(curve, 5000, 1), valueAt(curve, 5999, 1))
  const mean = one.reduce((sum, value) => sum + value, 0) / one.length
  assert.ok(Math.abs(mean - 0.5) < 0.005, `${mean}`)
  assert.ok(Math.max(...one) <= highestOf(curve) && Math.max(...one) > 0.6)
  assert.ok(
    values(3)
      .map((_, second) => valueAt(readCurve('noise(1)', 'cores'), second * 1000, 3))
      .every((value) => value >= 0),
  )
})

test('what is no curve is refused with what would be one, in the unit of its setting', () => {
  for (const text of [
    '',
    'much',
    '-1',
    'ramp(1,2)',
    'ramp(1,2,0)',
    'ramp(1,2,5)',
    'sine(1,2,soon)',
    'spikes(1,2,1m)',
    'spikes(1,2,1m,2m)',
    'noise()',
    'noise(1,2)',
    'saw(1,2,1m)',
    '1 + ',
  ])
    assert.throws(() => readCurve(text, 'bytes'), { name: 'RangeError', message: /^an amount in bytes \(100Mi\), .*ramp\(100Mi,1Gi,5m\).*noise/ }, text)
})

const shapes = ['1', 'ramp(0,2,90s)', 'step(1,3,7s)', 'sine(0,2,20s)', 'spikes(0,5,10s,3s)', '1 + noise(300m)'].map((text) => readCurve(text, 'cores'))

test('a counter is what its curve adds up to, whenever it is looked at', () => {
  holds(
    property(integer({ min: 0, max: shapes.length - 1 }), array(integer({ min: 0, max: 20_000 }), { maxLength: 30 }), (which, steps) => {
      const curve = shapes[which] ?? []
      const [often, once] = [new Counter(curve, 0, seed), new Counter(curve, 0, seed)]
      let [now, last] = [0, 0]
      for (const step of steps) {
        now += step
        const value = often.at(now)
        assert.ok(value >= last)
        last = value
      }
      assert.equal(often.at(now), once.at(now))
    }),
  )
  assert.equal(new Counter(readCurve('2', 'cores'), 0, seed).at(90_500), 181)
  assert.ok(Math.abs(new Counter(readCurve('sine(0,2,20s)', 'cores'), 0, seed).at(60_000) - 60) < 0.1)
  assert.equal(new Counter(readCurve('spikes(0,5,10s,3s)', 'cores'), 0, seed).at(20_000), 30)
})

test('a counter goes on from where it is when its curve changes, and no second counts for more than its most', () => {
  const counter = new Counter(readCurve('1', 'cores'), 0, seed)
  counter.follow(readCurve('ramp(0,10,10s)', 'cores'), 5000)
  assert.equal(counter.at(5000), 5)
  assert.equal(counter.at(15_000), 5 + 50)
  counter.limit(2, 15_000)
  assert.equal(counter.at(20_000), 5 + 50 + 10)
  counter.limit(20, 20_000)
  assert.equal(counter.at(21_000), 5 + 50 + 10 + 10)
})
