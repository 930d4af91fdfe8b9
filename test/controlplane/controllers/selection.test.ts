import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { controllers } from '../../../src/controlplane/controllers/registry.ts'
import { selectControllers } from '../../../src/controlplane/controllers/selection.ts'

const start = () => {}
const known = [
  { name: 'job-controller', alias: 'job', start },
  { name: 'cronjob-controller', alias: 'cronjob', start },
  { name: 'ttl-controller', alias: 'ttl' },
  { name: 'token-cleaner-controller', alias: 'tokencleaner', isOffByDefault: true as const, start },
]

const chosen: readonly (readonly [asked: string, running: string])[] = [
  ['*', 'job-controller cronjob-controller'],
  ['*,-cronjob', 'job-controller'],
  ['*,-cronjob-controller', 'job-controller'],
  ['-cronjob,*', 'job-controller'],
  ['*,tokencleaner', 'job-controller cronjob-controller token-cleaner-controller'],
  ['cronjob', 'cronjob-controller'],
  ['cronjob, job-controller', 'job-controller cronjob-controller'],
  ['cronjob,-cronjob-controller', 'cronjob-controller'],
  ['-cronjob-controller,cronjob', ''],
  ['-', ''],
  ['-*', ''],
  ['-job', ''],
]

for (const [asked, running] of chosen)
  test(`--controllers ${asked} runs ${running || 'none'}`, () => {
    const names = selectControllers(asked.split(','), known).running.map(({ name }) => name)
    assert.deepEqual(names, running.split(' ').filter(Boolean))
  })

test('what is asked for by name and not there is told, what is not asked for is not', () => {
  assert.deepEqual(selectControllers(['*', 'ttl'], known).absent, ['ttl-controller'])
  for (const asked of [['*'], ['*', '-ttl'], ['job']]) assert.deepEqual(selectControllers(asked, known).absent, [])
})

for (const wrong of ['cronjobs', '-cronjobs', 'CronJob', '', '--job'])
  test(`${JSON.stringify(wrong)} is refused by its name, with the names that there are`, () => {
    const name = JSON.stringify(wrong.replace(/^-/, ''))
    assert.throws(
      () => selectControllers(['*', wrong], known),
      (error: Error) =>
        error instanceof RangeError &&
        error.message === `${name} is not in the list of known controllers: cronjob-controller, job-controller, token-cleaner-controller, ttl-controller`,
    )
  })

test('every controller can be turned off by either of its names, and alone be turned on', () => {
  const each = fc.constantFrom(...controllers.filter((controller) => controller.start))
  fc.assert(
    fc.property(each, ({ name, alias = name }) => {
      for (const by of [name, alias]) {
        assert.ok(!selectControllers(['*', `-${by}`]).running.some((entry) => entry.name === name))
        assert.deepEqual(
          selectControllers([by]).running.map((entry) => entry.name),
          [name],
        )
      }
    }),
  )
})

test('no name is that of two controllers', () => {
  const names = controllers.flatMap(({ name, alias }) => (alias ? [name, alias] : [name]))
  assert.equal(new Set(names).size, names.length)
})
