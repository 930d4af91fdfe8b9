import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeCacheDirectory, isKeptFromOthers } from '../../src/cli/code-cache.ts'
import { Podsteward } from '../support/podsteward.ts'
import { waitUntil } from '../support/wait-until.ts'

const places: [string, Record<string, string>, number, string | undefined][] = [
  ['root keeps it where its daemons keep theirs', { HOME: '/root' }, 0, '/var/cache/podsteward/code'],
  ['the unit of systemd says where', { CACHE_DIRECTORY: '/var/cache/node-agent:/var/cache/other' }, 0, '/var/cache/node-agent/code'],
  ['a user keeps it among what can be made anew', { HOME: '/home/ada' }, 1000, '/home/ada/.cache/podsteward/code'],
  ['a user may have said where that is', { HOME: '/home/ada', XDG_CACHE_HOME: '/disk/ada' }, 1000, '/disk/ada/podsteward/code'],
  ['what is no absolute path is not heeded', { HOME: '/home/ada', XDG_CACHE_HOME: 'cache', CACHE_DIRECTORY: 'x' }, 1000, '/home/ada/.cache/podsteward/code'],
  ['a user without a home keeps nothing', {}, 1000, undefined],
  ['what Node is told of it stands', { HOME: '/root', NODE_COMPILE_CACHE: '/elsewhere' }, 0, undefined],
  ['who wants none has none', { HOME: '/root', NODE_DISABLE_COMPILE_CACHE: '1' }, 0, undefined],
]
for (const [name, environment, uid, expected] of places)
  test(`compiled code: ${name}`, () => {
    assert.equal(codeCacheDirectory(environment, uid), expected)
  })

const directory = (mode: number, uid = 0) => ({ mode, uid, isDirectory: () => true })
const link = { mode: 0o777, uid: 0, isDirectory: () => false }
const usual = { '/': directory(0o755), '/home': directory(0o755), '/home/ada': directory(0o750, 1000), '/home/ada/code': directory(0o700, 1000) }
const kept: [string, Record<string, ReturnType<typeof directory>>, boolean][] = [
  ['one of this user alone is used', {}, true],
  ['one that others may read is not', { '/home/ada/code': directory(0o755, 1000) }, false],
  ['one of another user is not', { '/home/ada/code': directory(0o700, 1001) }, false],
  ['one of root is not used by a user', { '/home/ada/code': directory(0o700) }, false],
  ['a link is not followed', { '/home/ada/code': link }, false],
  ['a link above it is not followed', { '/home': link }, false],
  ['one below a place that anybody may write to is not', { '/home': directory(0o1777) }, false],
  ['one below a place that a group may write to is not', { '/home/ada': directory(0o770, 1000) }, false],
  ['one below what belongs to another user is not', { '/home/ada': directory(0o755, 1001) }, false],
]
for (const [name, changed, expected] of kept)
  test(`a directory of compiled code: ${name}`, () => {
    const found: Record<string, ReturnType<typeof directory>> = { ...usual, ...changed }
    const look = (path: string) => found[path] ?? assert.fail(`${path} was looked at`)
    assert.equal(isKeptFromOthers('/home/ada/code', 1000, look), expected)
  })

const run = async (cache: string) => {
  const env = { CACHE_DIRECTORY: cache, NODE_COMPILE_CACHE: '' }
  await using podsteward = new Podsteward(['node', '--version'], { env })
  await waitUntil('the command to end', () => podsteward.exitCode !== undefined, { timeoutMs: 60_000, seen: () => podsteward.output })
  assert.match(podsteward.output, /^Kubernetes v1/)
}

test('what is compiled at one start is there for the next, and nothing is kept where others may write', async (t) => {
  const safe = await mkdtemp(join(homedir(), '.podsteward-test-'))
  const open = await mkdtemp(join(tmpdir(), 'podsteward-test-'))
  t.after(() => Promise.all([safe, open].map((path) => rm(path, { recursive: true, force: true }))))
  await run(safe)
  const [version = ''] = await readdir(join(safe, 'code'))
  const files = await readdir(join(safe, 'code', version))
  assert.ok(files.length > 5, `${files.length} files`)
  assert.equal((await stat(join(safe, 'code'))).mode & 0o777, 0o700)
  const times = async () => Promise.all(files.map(async (file) => (await stat(join(safe, 'code', version, file))).mtimeMs))
  const before = await times()
  await run(safe)
  assert.deepEqual(await times(), before)
  await run(open)
  assert.deepEqual(await readdir(join(open, 'code')), [])
})
