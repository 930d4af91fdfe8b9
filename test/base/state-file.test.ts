import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Logger, silentLogger } from '../../src/base/log.ts'
import { keptPair } from '../../src/base/pair-file.ts'
import { readStateFile, removeHalfWritten, StateFileError, writeStateFile, writeStateFileSync } from '../../src/base/state-file.ts'
import { makeAuthority } from '../../src/controlplane/pki/authority.ts'
import { loadPki } from '../../src/controlplane/pki/files.ts'
import { linkLog } from '../../src/engine/log-link.ts'

async function aDirectory(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'state-file-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const said: unknown[] = []
  const log: Logger = { ...silentLogger, warn: (_, fields) => void said.push(fields?.file) }
  return { directory, said, log, file: join(directory, 'a.json') }
}

/** Ways in which a file comes to be none. */
const damages: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['empty', (path) => writeFile(path, '')],
  ['null', (path) => writeFile(path, 'null')],
  ['of another type', (path) => writeFile(path, '[1]')],
  ['cut short', async (path) => writeFile(path, (await readFile(path)).subarray(0, 9))],
  ['binary', (path) => writeFile(path, Buffer.from([0, 255, 254, 0, 1]))],
  ['a directory', async (path) => [await rm(path), await mkdir(join(path, 'sub'), { recursive: true })]],
  ['a fifo', async (path) => [await rm(path), execFileSync('mkfifo', [path])]],
]

for (const [what, damage] of damages)
  test(`a file that is ${what} is set aside and told of, there is none then, and another can be written in its place`, async (t) => {
    const { directory, said, log, file } = await aDirectory(t)
    const parse = (text: string) => {
      const value = JSON.parse(text)
      if (typeof value?.n !== 'number') throw new Error('n: must be a number')
      return value.n as number
    }
    await writeStateFile(file, '{"n": 1234567}')
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal(await readStateFile(file, parse, log), 1234567)
    await damage(file)
    assert.equal(await readStateFile(file, parse, log), undefined)
    assert.deepEqual(said, [file])
    assert.deepEqual(await readdir(directory), ['a.json.damaged'])
    await damage(file).catch(() => {})
    await rm(file, { recursive: true, force: true })
    await writeStateFile(file, '{"n": 2}')
    assert.equal(await readStateFile(file, parse, log), 2)
    assert.deepEqual((await readdir(directory)).sort(), ['a.json', 'a.json.damaged'])
  })

test('a directory where a file is to be written is set aside', async (t) => {
  const { directory, file } = await aDirectory(t)
  await mkdir(join(file, 'sub'), { recursive: true })
  await writeStateFile(file, 'x')
  assert.deepEqual((await readdir(directory)).sort(), ['a.json', 'a.json.damaged'])
})

test('what is wrong with the disk names the file, and leaves nothing behind', { skip: process.getuid?.() !== 0 }, async (t) => {
  const { directory } = await aDirectory(t)
  await assert.rejects(writeStateFile('/dev/full/x', 'x'), (error: unknown) => {
    assert.ok(error instanceof StateFileError)
    assert.match(error.message, /^\/dev\/full\/x cannot be written: ENOTDIR/)
    return true
  })
  await mkdir(join(directory, 'small'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4096', 'tmpfs', join(directory, 'small')])
  using _mounted = { [Symbol.dispose]: () => void execFileSync('umount', ['-l', join(directory, 'small')]) }
  const file = join(directory, 'small/f')
  await assert.rejects(writeStateFile(file, 'x'.repeat(100_000)), {
    name: 'StateFileError',
    code: 'ENOSPC',
    message: new RegExp(`^${file} cannot be written: ENOSPC`),
  })
  assert.deepEqual(await readdir(join(directory, 'small')), [])
})

test('a directory for a file that cannot be made on a read-only file system is told as that, not as missing', { skip: process.getuid?.() !== 0 }, async (t) => {
  const { directory } = await aDirectory(t)
  const disk = join(directory, 'small')
  await mkdir(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk])
  using _mounted = { [Symbol.dispose]: () => void execFileSync('umount', ['-l', disk]) }
  const said = (path: string) => ({
    name: 'StateFileError',
    code: 'EROFS',
    message: `${path} cannot be written: EROFS: read-only file system, mkdir '${join(disk, 'a')}'`,
  })
  const file = join(disk, 'a/b/f')
  await assert.rejects(writeStateFile(file, 'x'), said(file))
  assert.throws(() => writeStateFileSync(file, 'x'), said(file))
  const readOnly = { code: 'EROFS' }
  await assert.rejects(linkLog(file, '/log'), readOnly)
  await assert.rejects(loadPki(join(disk, 'a/pki'), [], 0), readOnly)
})

test('what a crash left half written goes; other files stay', async (t) => {
  const { directory, file } = await aDirectory(t)
  await writeStateFile(file, 'x')
  await writeFile(`${file}.new`, 'half')
  await mkdir(join(directory, 'b.new/sub'), { recursive: true })
  await removeHalfWritten(directory)
  assert.deepEqual(await readdir(directory), ['a.json'])
})

test('a link to a damaged file is set aside with what it leads to', async (t) => {
  const { directory, log, said } = await aDirectory(t)
  await writeFile(join(directory, 'real'), 'junk')
  await symlink(join(directory, 'real'), join(directory, 'link'))
  await readStateFile(join(directory, 'link'), () => assert.fail('junk'), log)
  assert.deepEqual([await readdir(directory), said], [['link.damaged'], [join(directory, 'link')]])
  assert.ok((await lstat(join(directory, 'link.damaged'))).isFile())
})

const make = () => makeAuthority('test', Date.UTC(2026, 0, 1))
const pair = (directory: string, log: Logger) => keptPair(directory, 'p', { log, serves: () => true, make })

test('a certificate and its key are kept, and its key’s file alone brings both back', async (t) => {
  const { directory, log, said } = await aDirectory(t)
  const first = await pair(directory, log)
  assert.deepEqual(await pair(directory, log), first)
  await rm(join(directory, 'p.crt'))
  assert.deepEqual(await pair(directory, log), first)
  await writeFile(join(directory, 'p.crt'), 'junk')
  assert.deepEqual(await pair(directory, log), first)
  assert.deepEqual(said, [join(directory, 'p.crt')])
  // As they were kept before both were in one file.
  await writeFile(join(directory, 'p.key'), first.keyPem)
  assert.deepEqual(await pair(directory, log), first)
})

for (const [what, damage] of [
  ...damages,
  ['the key of another certificate', async (path: string) => writeFile(path, (await make()).keyPem)] as const,
  ['a key cut in its midst', async (path: string) => writeFile(path, `${(await readFile(path, 'utf8')).slice(0, 80)}\n-----END PRIVATE KEY-----\n`)] as const,
])
  test(`a key that is ${what} is set aside, and a new pair is made`, async (t) => {
    const { directory, log, said } = await aDirectory(t)
    const first = await pair(directory, log)
    await damage(join(directory, 'p.key'))
    const next = await pair(directory, log)
    assert.notEqual(next.keyPem, first.keyPem)
    assert.ok(said.includes(join(directory, 'p.key')))
    assert.ok((await readdir(directory)).includes('p.key.damaged'))
    assert.deepEqual(await pair(directory, log), next)
  })

test('what is written before anything runs is written in one step too', async (t) => {
  const { directory } = await aDirectory(t)
  const file = join(directory, 'new/a')
  writeStateFileSync(file, 'x')
  await rm(file)
  await mkdir(join(file, 'sub'), { recursive: true })
  writeStateFileSync(file, 'y')
  assert.equal(await readFile(file, 'utf8'), 'y')
  assert.deepEqual((await readdir(join(directory, 'new'))).sort(), ['a', 'a.damaged'])
  assert.throws(() => writeStateFileSync('/dev/full/x', 'x'), { name: 'StateFileError', message: /^\/dev\/full\/x cannot be written: / })
})
