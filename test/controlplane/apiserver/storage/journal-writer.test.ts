import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Logger } from '../../../../src/base/log.ts'
import { ManualClock } from '../../../../src/base/manual-clock.ts'
import { JournalWriter } from '../../../../src/controlplane/apiserver/storage/journal-writer.ts'
import { smallDisk } from '../../../support/small-disk.ts'
import { waitUntil } from '../../../support/wait-until.ts'

async function onSmallDisk(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'journal-'))
  const disk = await smallDisk(directory, 8)
  const told: string[] = []
  const tell = (message: string, fields = {}) => void told.push(`${message} ${JSON.stringify(fields)}`)
  const log: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => log }
  const clock = new ManualClock()
  const path = join(disk.path, 'objects.jsonl')
  const writer = await JournalWriter.open(path, log, clock)
  t.after(async () => {
    await writer[Symbol.asyncDispose]()
    await disk[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })
  const lines = async () => (await readFile(path, 'utf8')).split('\n').filter(Boolean)
  return { disk, told, clock, writer, lines, filler: join(disk.path, 'filler') }
}

const line = (name: string, size = 10) => `${name} ${'x'.repeat(size)}\n`
const names = (lines: readonly string[]) => lines.map((each) => each.split(' ')[0])

test('what a full disk does not take is told of once, waits, and is in the file when there is room again', async (t) => {
  const { disk, told, clock, writer, lines, filler } = await onSmallDisk(t)
  writer.append('a', line('a1'))
  await waitUntil('the first line', async () => (await lines()).length === 1)
  await disk.fill()
  writer.append('b', line('b1', 20_000))
  await waitUntil('it to be told', () => told.length === 1)
  assert.match(told[0] ?? '', /cannot be written down.*objects\.jsonl.*ENOSPC/)
  writer.append('a', line('a2'))
  writer.append('c', line('c1'))
  writer.append('a', line('a3'))
  await clock.advance(60_000)
  await rm(filler)
  await waitUntil('it to be written', async () => {
    await clock.advance(10_000)
    return told.length > 1
  })
  assert.match(told[1] ?? '', /written down again/)
  // No line is half there, and those that were overtaken are not needed.
  assert.deepEqual(names(await lines()), ['a1', 'b1', 'c1', 'a3'])
  writer.append('d', line('d1'))
  await waitUntil('one more', async () => (await lines()).length === 5)
  assert.equal(told.length, 2)
})

test('of an object that changes a thousand times meanwhile the last change is written', async (t) => {
  const { disk, told, clock, writer, lines } = await onSmallDisk(t)
  writer.append('a', line('a1'))
  await waitUntil('the first line', async () => (await lines()).length === 1)
  await disk.fill()
  for (let index = 0; index < 1000; index += 1) writer.append('b', line(`b${index}`, 10_000))
  await waitUntil('it to be told', () => told.length === 1)
  await rm(join(disk.path, 'filler'))
  await waitUntil('it to be written', async () => {
    await clock.advance(10_000)
    return told.length > 1
  })
  assert.equal(names(await lines()).at(-1), 'b999')
})

test('what is not written when it is closed is said to be lost, and how much', async (t) => {
  const { disk, told, writer } = await onSmallDisk(t)
  await disk.fill()
  writer.append('a', line('a1', 20_000))
  writer.append('b', line('b1', 20_000))
  await writer[Symbol.asyncDispose]()
  assert.match(told.join('\n'), /cannot be written down.*\n.*they are lost .*"changes":2/)
})
