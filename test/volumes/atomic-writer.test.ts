import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Payload, payloadPath, writeAtomically } from '../../src/volumes/atomic-writer.ts'
import { scratch } from './node-fixture.ts'

const payloadOf = (files: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]))

/** What a container sees: file path to text, hidden names left out. */
async function visible(directory: string): Promise<Record<string, string>> {
  const seen: Record<string, string> = {}
  const walk = async (below: string) => {
    for (const name of await readdir(join(directory, below))) {
      if (below === '' && name.startsWith('..')) continue
      const path = join(below, name)
      if ((await stat(join(directory, path))).isDirectory()) await walk(path)
      else seen[path] = await readFile(join(directory, path), 'utf8')
    }
  }
  await walk('')
  return seen
}

const hidden = async (directory: string) => (await readdir(directory)).filter((name) => name.startsWith('..') && name !== '..data')

test('names are symlinks through ..data into one hidden directory named by the time', async (t) => {
  const directory = await scratch(t)
  assert.equal(await writeAtomically(directory, payloadOf({ a: '1', 'b/c': '2' }), { now: Date.UTC(2026, 0, 2, 3, 4, 5) }), true)
  assert.equal(await readlink(join(directory, 'a')), '..data/a')
  assert.equal(await readlink(join(directory, 'b')), '..data/b')
  assert.match(await readlink(join(directory, '..data')), /^\.\.2026_01_02_03_04_05\.\w+$/)
  assert.deepEqual(await visible(directory), { a: '1', 'b/c': '2' })
})

test('the same content swaps nothing; a change swaps all and leaves nothing behind', async (t) => {
  const directory = await scratch(t)
  await writeAtomically(directory, payloadOf({ a: '1', gone: 'x' }), { now: 0 })
  const before = await readlink(join(directory, '..data'))
  assert.equal(await writeAtomically(directory, payloadOf({ a: '1', gone: 'x' }), { now: 1 }), false)
  assert.equal(await readlink(join(directory, '..data')), before)
  assert.equal(await writeAtomically(directory, payloadOf({ a: '2' }), { now: 2 }), true)
  assert.deepEqual(await visible(directory), { a: '2' })
  assert.equal((await hidden(directory)).length, 1)
})

test('what a crash left behind is cleared away', async (t) => {
  const directory = await scratch(t)
  await mkdir(join(directory, '..2025_01_01_00_00_00.dead'))
  await symlink('..2025_01_01_00_00_00.dead', join(directory, '..data_tmp'))
  await writeFile(join(directory, 'a'), 'a plain file in the way')
  await writeAtomically(directory, payloadOf({ a: '1' }), { now: 0 })
  assert.deepEqual(await visible(directory), { a: '1' })
  assert.equal((await hidden(directory)).length, 1)
})

test('a failed preparation shows nothing and keeps the old content', async (t) => {
  const directory = await scratch(t)
  await writeAtomically(directory, payloadOf({ a: 'old' }), { now: 0 })
  const prepare = async () => {
    throw new Error('no owner')
  }
  await assert.rejects(writeAtomically(directory, payloadOf({ a: 'new' }), { now: 1, prepare }), /no owner/)
  assert.deepEqual(await visible(directory), { a: 'old' })
  assert.equal((await hidden(directory)).length, 1)
})

test('modes are kept whatever the umask', async (t) => {
  const directory = await scratch(t)
  const before = process.umask(0o077)
  t.after(() => process.umask(before))
  await writeAtomically(directory, payloadOf({ a: '1' }, 0o646), { now: 0 })
  assert.equal((await stat(join(directory, 'a'))).mode & 0o777, 0o646)
})

test('paths that climb, are absolute, hidden or too long are refused', () => {
  for (const path of ['', '/a', '..', 'a/../b', '..data', '..x/y', 'a\0b', '.', 'x'.repeat(256), 'a/'.repeat(2049)]) {
    assert.throws(() => payloadPath(path), { name: 'PayloadPathError' }, JSON.stringify(path.slice(0, 20)))
  }
  assert.equal(payloadPath('./a//b'), 'a/b')
  assert.equal(payloadPath('a/..b'), 'a/..b')
})

test('a file cannot be a directory of the same volume', async (t) => {
  await assert.rejects(writeAtomically(await scratch(t), payloadOf({ a: '1', 'a/b': '2' }), { now: 0 }), { name: 'PayloadPathError' })
})

test('after any sequence of payloads readers see exactly the last, and a swap happens only on change', async (t) => {
  const directory = await scratch(t)
  const path = fc.constantFrom('a', 'b', 'd/x', 'd/y', 'e/f/g')
  const payload = fc.dictionary(path, fc.constantFrom('', '1', '2')).map((files) => ({ ...files }))
  await fc.assert(
    fc.asyncProperty(fc.array(payload, { minLength: 1, maxLength: 5 }), async (sequence) => {
      for (const files of sequence) {
        const before = await visible(directory)
        const fresh = (await readdir(directory)).length === 0
        const changed = await writeAtomically(directory, payloadOf(files), { now: 0 })
        assert.deepEqual(await visible(directory), files)
        const same = JSON.stringify(Object.entries(before).sort()) === JSON.stringify(Object.entries(files).sort())
        assert.equal(changed, fresh || !same)
      }
    }),
    { numRuns: 40 },
  )
})

test('a reader that follows ..data never sees two versions mixed', async (t) => {
  const directory = await scratch(t)
  const version = (n: number) => payloadOf({ a: String(n), b: String(n) })
  await writeAtomically(directory, version(0), { now: 0 })
  let writing = true
  const read = async () => {
    let seen = 0
    while (writing) {
      // As a careful reader does: resolve ..data once, then read below it.
      const data = join(directory, await readlink(join(directory, '..data')))
      const texts = await Promise.all([readFile(join(data, 'a'), 'utf8'), readFile(join(data, 'b'), 'utf8')]).catch(() => undefined)
      if (texts) {
        assert.equal(texts[0], texts[1])
        seen++
      }
    }
    return seen
  }
  const reader = read()
  for (let n = 1; n <= 100; n++) await writeAtomically(directory, version(n), { now: n })
  writing = false
  assert.ok((await reader) > 0)
})
