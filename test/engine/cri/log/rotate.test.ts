import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { isLogPath, removeLogFiles } from '../../../../src/engine/cri/log/log-files.ts'
import { rotateLog } from '../../../../src/engine/cri/log/rotate.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cri-rotate-'))
  path = join(directory, '0.log')
})
afterEach(() => rm(directory, { recursive: true }))

const rules = { maxBytes: 10, maxFiles: 3 }
const at = (second: number) => new Date(2024, 1, 3, 4, 5, second)
const reopen = () => writeFile(path, '')

test('a short log is left alone', async () => {
  await writeFile(path, 'short')
  assert.equal(await rotateLog(path, rules, at(0), reopen), false)
  assert.deepEqual(await readdir(directory), ['0.log'])
})

test('a long one is renamed by the time; the one before is compressed, the oldest go, so that as many stay as may', async () => {
  for (const second of [1, 2, 3, 4]) {
    await writeFile(path, `${second}`.repeat(20))
    assert.equal(await rotateLog(path, rules, at(second), reopen), true)
  }
  assert.deepEqual((await readdir(directory)).sort(), ['0.log', '0.log.20240203-040503.gz', '0.log.20240203-040504'])
  assert.equal(gunzipSync(await readFile(`${path}.20240203-040503.gz`)).toString(), '3'.repeat(20))
  assert.equal(await readFile(`${path}.20240203-040504`, 'utf8'), '4'.repeat(20))
})

test('what a compression that broke off left goes: half of a file, and one that is there compressed too', async () => {
  await writeFile(`${path}.20240101-000000.tmp`, 'half')
  await writeFile(`${path}.20240102-000000`, 'whole')
  await writeFile(`${path}.20240102-000000.gz`, 'compressed')
  await writeFile(path, 'x'.repeat(20))
  await rotateLog(path, rules, at(1), reopen)
  assert.deepEqual((await readdir(directory)).sort(), ['0.log', '0.log.20240102-000000.gz', '0.log.20240203-040501'])
})

test('a compressed log is for the same people as the log was', async () => {
  await writeFile(`${path}.20240102-000000`, 'old', { mode: 0o640 })
  await writeFile(path, 'x'.repeat(20))
  await rotateLog(path, rules, at(1), reopen)
  assert.equal((await stat(`${path}.20240102-000000.gz`)).mode & 0o777, 0o640)
})

test('a log that somebody took away is begun anew; where its directory is gone, nothing is', async () => {
  assert.equal(await rotateLog(path, rules, at(0), reopen), false)
  assert.deepEqual(await readdir(directory), ['0.log'])
  assert.equal(await rotateLog(join(directory, 'gone', '0.log'), rules, at(0), () => assert.fail('nothing to begin')), false)
})

test('a runtime that does not begin a new file gets the old one back', async () => {
  await writeFile(path, 'x'.repeat(20))
  await assert.rejects(
    rotateLog(path, rules, at(1), () => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.deepEqual(await readdir(directory), ['0.log'])
})

test('all files of a log go with its container, and none of another’s', async () => {
  for (const name of ['0.log', '0.log.20240203-040503.gz', '0.log.20240203-040504', '0.log.20240203-040503.tmp', '10.log', '0.logs'])
    await writeFile(join(directory, name), '')
  await removeLogFiles(path)
  assert.deepEqual((await readdir(directory)).sort(), ['0.logs', '10.log'])
})

test('only what lies where a kubelet has a container’s log is one', () => {
  assert.deepEqual(['/var/log/pods/n_p_u/c/0.log', '/x/12.log'].map(isLogPath), [true, true])
  const others = [
    '',
    '/dev/null',
    '0.log',
    '/var/log/pods/../../etc/0.log',
    '/var/log//0.log',
    '/a\u0000/0.log',
    '/var/log/pods/n_p_u/c/0.log.gz',
    '/etc/passwd',
  ]
  assert.deepEqual(others.filter(isLogPath), [])
})
