import assert from 'node:assert/strict'
import { appendFile, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import { readLog } from '../../../../src/engine/cri/log/read-log.ts'
import { tailOffset } from '../../../../src/engine/cri/log/tail.ts'
import type { LogOptions } from '../../../../src/engine/engine.ts'
import { waitUntil } from '../../../support/wait-until.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cri-log-'))
  path = join(directory, '0.log')
})
afterEach(() => rm(directory, { recursive: true }))

const record = (text: string, { tag = 'F', stream = 'stdout', second = 9 } = {}) => `2016-10-06T00:17:0${second}.669794202Z ${stream} ${tag} ${text}\n`
const never = new Promise<never>(() => {})

async function said(options: LogOptions = {}): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of readLog(path, { ...options, over: Promise.resolve() }, new AbortController().signal)) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces).toString()
}

test('both streams are told in order, without their times', async () => {
  await writeFile(path, record('one') + record('two', { stream: 'stderr' }) + record('') + record('four', { tag: 'F:x' }))
  assert.equal(await said(), 'one\ntwo\n\nfour\n')
})

test('a line in parts is put together, and has one time', async () => {
  await writeFile(path, record('be', { tag: 'P' }) + record('gin', { tag: 'P' }) + record('ning') + record('next'))
  assert.equal(await said(), 'beginning\nnext\n')
  assert.equal(await said({ timestamps: true }), '2016-10-06T00:17:09.669794202Z beginning\n2016-10-06T00:17:09.669794202Z next\n')
  assert.equal(await said({ tailLines: 2 }), 'beginning\nnext\n')
  assert.equal(await said({ tailLines: 1 }), 'next\n')
})

test('a time is shown with all nine digits', async () => {
  await writeFile(path, '2016-10-06T00:17:09.5Z stdout F a\n2016-10-06T02:17:09.25+02:00 stdout F b\n')
  assert.equal(await said({ timestamps: true }), '2016-10-06T00:17:09.500000000Z a\n2016-10-06T02:17:09.250000000+02:00 b\n')
})

test('what is older is left out', async () => {
  await writeFile(path, record('old', { second: 1 }) + record('new', { second: 5 }))
  assert.equal(await said({ since: Date.parse('2016-10-06T00:17:03Z') }), 'new\n')
})

test('lines that are no records are passed over, also one that is being written', async () => {
  await writeFile(path, `nonsense\n${record('one')}2016 stdin F no\n\n${record('two').trimEnd()}`)
  assert.equal(await said(), 'one\n')
})

test('a log that is not there says nothing', async () => {
  assert.equal(await said({ tailLines: 3 }), '')
})

test('one who follows hears what is written before and after a rotation, until the container has ended', async () => {
  await writeFile(path, record('one'))
  const over = Promise.withResolvers<void>()
  let heard = ''
  const reading = (async () => {
    for await (const piece of readLog(path, { follow: true, over: over.promise }, new AbortController().signal)) heard += piece
  })()
  await waitUntil('the first line', () => heard === 'one\n')
  await appendFile(path, record('two'))
  await rename(path, `${path}.20240101-000000`)
  await appendFile(`${path}.20240101-000000`, record('late'))
  await writeFile(path, record('three'))
  await waitUntil('the line after the rotation', () => heard === 'one\ntwo\nlate\nthree\n', { seen: () => heard })
  await appendFile(path, record('last'))
  over.resolve()
  await reading
  assert.equal(heard, 'one\ntwo\nlate\nthree\nlast\n')
})

test('one who follows a log that is not there yet hears it from its first line', async () => {
  const aborter = new AbortController()
  const reading = readLog(path, { follow: true, over: never }, aborter.signal)
  const first = reading.next()
  await writeFile(path, record('hello'))
  assert.equal(String((await first).value), 'hello\n')
  aborter.abort()
  assert.equal((await reading.next()).done, true)
})

test('the last lines are found from the end, whatever is in the log and wherever the blocks are cut', async () => {
  const line = fc.record({ text: fc.oneof(fc.string({ maxLength: 20 }), fc.constant('x'.repeat(70_000))), partial: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.nat({ max: 9 }), async (lines, wanted) => {
      const records = lines.map(({ text, partial }) => record(text.replaceAll('\n', ' '), { tag: partial ? 'P' : 'F' }))
      await writeFile(path, records.join(''))
      const file = await open(path)
      try {
        const offset = await tailOffset(file, (await file.stat()).size, wanted)
        // The tail begins after the (wanted + 1)th last record that ends a line.
        const ends = lines.flatMap(({ partial }, index) => (partial ? [] : [index]))
        const before = ends.at(-(wanted + 1)) ?? -1
        const first = wanted === 0 ? records.length : before + 1
        assert.equal(offset, Buffer.byteLength(records.slice(0, first).join('')))
      } finally {
        await file.close()
      }
    }),
    { numRuns: 60 },
  )
})
