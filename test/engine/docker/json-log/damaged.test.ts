/** Log files as a disk that was full, a daemon that was killed or a hand leaves them. */
import assert from 'node:assert/strict'
import { appendFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readJsonLog } from '../../../../src/engine/docker/json-log/read-json-log.ts'

const record = (log: string) => `${JSON.stringify({ log: `${log}\n`, stream: 'stdout', time: '2026-01-01T00:00:00.5Z' })}\n`

async function logFile(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'damaged-log-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'x-json.log')
}

async function read(path: string, tailLines?: number): Promise<string> {
  let all = ''
  for await (const piece of readJsonLog(path, { tailLines, over: Promise.resolve() }, new AbortController().signal)) all += piece.toString()
  return all
}

test('what is no record is passed over, and the records around it are read', async (t) => {
  const path = await logFile(t)
  const nonsense = ['null\n', '7\n', '[]\n', '{"log":5,"time":"x"}\n', '{"log":"no time\\n"}\n', '{"log":"half', '\n', '\u0000\u0000\u0000\n', '\n\n']
  await writeFile(path, `${record('one')}${nonsense.join(record('between'))}`)
  await appendFile(path, Buffer.from([0xff, 0xfe, 0x0a, 0x80]))
  await appendFile(path, `\n${record('last')}{"log":"never`)
  const all = await read(path)
  assert.equal(all.startsWith('one\nbetween\n'), true)
  assert.equal(all.endsWith('last\n'), true)
  assert.equal(all.match(/between/g)?.length, 7, 'the one behind half a record is lost with it')
  assert.equal(await read(path, 1), 'last\n')
})

test('a line of many megabytes costs its length to read over, and no memory; what comes before and after it is read', async (t) => {
  const path = await logFile(t)
  await writeFile(path, record('before'))
  await using file = await open(path, 'a')
  const piece = Buffer.alloc(1 << 20, 'x')
  for (let n = 0; n < 192; n += 1) await file.write(piece)
  await file.write(`\n${record('after')}`)
  global.gc?.()
  const heldBefore = process.memoryUsage().arrayBuffers
  let most = 0
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - heldBefore)
  }, 5)
  assert.equal(await read(path), 'before\nafter\n')
  assert.equal(await read(path, 1), 'after\n')
  assert.equal(await read(path, 2), 'before\nafter\n')
  // One that never ended is none yet.
  for (let n = 0; n < 32; n += 1) await file.write(piece)
  assert.equal(await read(path, 1), 'after\n')
  clearInterval(watching)
  assert.ok(most < 144 * 2 ** 20, `${most} bytes were held`)
})
