import assert from 'node:assert/strict'
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { readJsonLog } from '../../../../src/engine/docker/json-log/read-json-log.ts'
import type { LogOptions } from '../../../../src/engine/engine.ts'

const over = Promise.resolve()
const never = new AbortController().signal

/** A log as Docker's json-file driver writes it. */
async function aLog(t?: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'json-log-'))
  t?.after(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'x-json.log')
  await writeFile(path, '')
  let files = 1
  let second = 0
  return {
    path,
    remove: () => rm(directory, { recursive: true, force: true }),
    write: (...logs: string[]) =>
      appendFile(
        path,
        logs.map((log) => `${JSON.stringify({ log, stream: 'stdout', time: `2026-01-01T00:00:${String(second++ % 60).padStart(2, '0')}.5Z` })}\n`).join(''),
      ),
    async rotate() {
      for (let age = files; age > 0; age--) await rename(age === 1 ? path : `${path}.${age - 1}`, `${path}.${age}`)
      await writeFile(path, '')
      files += 1
    },
  }
}

async function all(path: string, options: LogOptions & { over?: Promise<unknown> } = {}, signal = never): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of readJsonLog(path, { over, ...options }, signal)) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

test('all files are read, the oldest first', async (t) => {
  const log = await aLog(t)
  await log.write('a\n', 'b\n')
  await log.rotate()
  await log.write('c\n')
  await log.rotate()
  await log.rotate()
  await log.write('d')
  assert.equal(await all(log.path), 'a\nb\nc\nd')
})

test('the last lines are found over files and blocks, long lines of many records count once', async (t) => {
  const log = await aLog(t)
  const long = 'x'.repeat(16_384)
  await log.write('a\n', ...Array.from({ length: 20 }, () => long), 'end of b\n')
  await log.rotate()
  await log.write('c\n', 'd\n', 'e')
  const b = `${long.repeat(20)}end of b\n`
  assert.equal(await all(log.path, { tailLines: 0 }), '')
  assert.equal(await all(log.path, { tailLines: 1 }), 'e')
  assert.equal(await all(log.path, { tailLines: 3 }), 'c\nd\ne')
  assert.equal(await all(log.path, { tailLines: 4 }), `${b}c\nd\ne`)
  assert.equal(await all(log.path, { tailLines: 99 }), `a\n${b}c\nd\ne`)
})

test('timestamps come once a line, with nine digits; what is older than since is left out', async (t) => {
  const log = await aLog(t)
  await log.write('a\n', 'b ', 'b\n')
  const stamp = (second: number) => `2026-01-01T00:00:0${second}.500000000Z`
  assert.equal(await all(log.path, { timestamps: true }), `${stamp(0)} a\n${stamp(1)} b b\n`)
  assert.equal(await all(log.path, { since: Date.parse('2026-01-01T00:00:01Z') }), 'b b\n')
})

test('a record that was never finished is passed over', async (t) => {
  const log = await aLog(t)
  await log.write('a\n')
  await appendFile(log.path, '{"log":"cut')
  await log.rotate()
  await log.write('b\n')
  assert.equal(await all(log.path), 'a\nb\n')
})

test('a log that is not there is said to be missing', async (t) => {
  const log = await aLog(t)
  await rm(log.path)
  await assert.rejects(all(log.path), { code: 'ENOENT' })
  await assert.rejects(all(log.path, { tailLines: 3 }), { code: 'ENOENT' })
})

test('a follow ends when its caller hangs up', async (t) => {
  const log = await aLog(t)
  const hangUp = new AbortController()
  const reading = all(log.path, { follow: true, over: new Promise(() => {}) }, hangUp.signal)
  await log.write('a\n')
  hangUp.abort()
  await reading
})

test('however it is written and rotated, a follower gets each line once, in order, and ends with the container', async () => {
  const steps = fc.array(fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 400 }) }, { weight: 1, arbitrary: fc.constant('rotate' as const) }), {
    maxLength: 25,
  })
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (plan, slow) => {
      const log = await aLog()
      const ended = Promise.withResolvers<void>()
      const said: Buffer[] = []
      const reading = (async () => {
        for await (const piece of readJsonLog(log.path, { follow: true, over: ended.promise }, never)) {
          said.push(Buffer.from(piece))
          if (slow) await new Promise((resolve) => setImmediate(resolve))
        }
      })()
      let line = 0
      for (const step of plan) {
        if (step === 'rotate') await log.rotate()
        else await log.write(...Array.from({ length: step }, () => `${line++}\n`))
      }
      ended.resolve()
      await reading
      assert.equal(Buffer.concat(said).toString(), Array.from({ length: line }, (_, index) => `${index}\n`).join(''))
      await log.remove()
    }),
    { numRuns: 60 },
  )
})
