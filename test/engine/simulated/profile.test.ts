import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ProfiledSettings, readProfile } from '../../../src/engine/simulated/profile.ts'
import { drawDelay, seededRandom } from '../../../src/engine/simulated/random.ts'
import { plainSettings, readSettings } from '../../../src/engine/simulated/settings.ts'
import { podUid } from '../../../src/kube/ids.ts'

const directory = mkdtempSync(join(tmpdir(), 'profile-'))
after(() => rmSync(directory, { recursive: true }))
const written = (text: string) => {
  const path = join(directory, 'profile.yaml')
  writeFileSync(path, text)
  return path
}
const pod = (name: string, namespace = 'default') => ({ uid: podUid(name), name, namespace })

test('rules of a profile fit by namespace, name and labels; later ones win', () => {
  const settings = new ProfiledSettings(
    readProfile(
      written(`
seed: 7
defaults: { exit-code: 1 }
pods:
  - match: { labels: { app: batch } }
    settings: { exit-code: 2, log: started }
  - match: { namespace: chaos, name: 'web-*' }
    settings: { exit-code: 3 }
`),
    ),
  )
  assert.equal(settings.of(pod('a'), {}).exitCode, 1)
  const batch = settings.of(pod('a'), { app: 'batch' })
  assert.deepEqual([batch.exitCode, batch.log], [2, ['started']])
  assert.equal(settings.of(pod('web-1', 'chaos'), { app: 'batch' }).exitCode, 3)
  assert.equal(settings.of(pod('web.1', 'chaos'), {}).exitCode, 1)
  assert.equal(settings.of(pod('web-1'), {}).exitCode, 1)
})

test('a mistake in a profile is told with the file and the field', () => {
  for (const [text, message] of [
    ['pods: [{ match: {}, settings: { exit-code: many } }]', /profile\.yaml: setting exit-code: "many" is not a whole number/],
    ['defaults: { colour: red }', /there is no setting "colour"/],
    ['seed: x', /profile\.yaml: seed: /],
    ['speed: 1', /profile\.yaml: the file: .*speed/],
    ['a: b: c', /profile\.yaml: /],
  ] as const)
    assert.throws(() => readProfile(written(text)), { name: 'ConfigError', message })
  assert.throws(() => readProfile(join(directory, 'none.yaml')), /ENOENT/)
})

const drawn = (text: string, seed = 1) => {
  const { startDelay } = readSettings(plainSettings, { 'start-delay': text })
  const random = seededRandom(seed)
  return Array.from({ length: 20_000 }, () => drawDelay(startDelay, random)).sort((a, b) => a - b)
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const near = (actual: number, expected: number, share = 0.05) => assert.ok(Math.abs(actual - expected) <= expected * share, `${actual} is not near ${expected}`)

test('delays are drawn from the distribution that is asked for', () => {
  assert.deepEqual(new Set(drawn('250ms')), new Set([250]))
  const even = drawn('1s-3s')
  near(mean(even), 2000)
  assert.ok((even[0] ?? 0) >= 1000 && (even.at(-1) ?? 0) < 3000)
  const normal = drawn('normal(1s,100ms)')
  near(mean(normal), 1000)
  near((normal[Math.round(0.8413 * normal.length)] ?? 0) - 1000, 100, 0.1)
  const exponential = drawn('exponential(2s)')
  near(mean(exponential), 2000)
  near(exponential[exponential.length / 2] ?? 0, 2000 * Math.LN2)
  const lognormal = drawn('lognormal(500ms,5s)')
  near(lognormal[lognormal.length / 2] ?? 0, 500)
  near(lognormal[Math.round(0.99 * lognormal.length)] ?? 0, 5000, 0.15)
})

test('the same seed draws the same delays, another seed others, and none is below zero', () => {
  assert.deepEqual(drawn('normal(10ms,100ms)'), drawn('normal(10ms,100ms)'))
  assert.notDeepEqual(drawn('normal(10ms,100ms)'), drawn('normal(10ms,100ms)', 2))
  assert.equal(drawn('normal(10ms,100ms)')[0], 0)
})

test('what is no distribution is refused with what would be one', () => {
  for (const text of ['normal(1s)', 'lognormal(5s,1s)', 'lognormal(0,1s)', 'gamma(1s,2s)', '2s-1s', '1s-2s-3s', 'soon', ''])
    assert.throws(() => readSettings(plainSettings, { 'start-delay': text }), /is not a duration .* normal\(1s,200ms\)/)
})
