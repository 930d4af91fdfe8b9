import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { run, spawnAndWait } from '../../src/base/spawn.ts'

test('output, input and exit code come back, cut to the limit', async () => {
  const result = await spawnAndWait('sh', ['-c', 'cat; echo oops >&2; exit 3'], { input: 'abcdef', maxOutputBytes: 4 })
  assert.deepEqual(result, { exitCode: 3, stdout: 'abcd', stderr: 'oops' })
})

test('a failing program throws with what it said, a missing one with its name', async () => {
  await assert.rejects(run('sh', ['-c', 'echo bad >&2; exit 2']), { name: 'SpawnError', message: /exit status 2: bad$/ })
  await assert.rejects(run('no-such-program', []), { name: 'SpawnError', message: /cannot run no-such-program/ })
})

test('a program that takes too long or is not wanted any more is killed', async () => {
  await assert.rejects(run('sleep', ['60'], { timeoutMs: 20 }), { name: 'SpawnError', message: /killed by SIGKILL/ })
  await assert.rejects(run('sleep', ['60'], { signal: AbortSignal.timeout(20) }), { name: 'SpawnError' })
})

test('a program whose output does not end is killed long before its time', async () => {
  await assert.rejects(spawnAndWait('yes', [], { maxOutputBytes: 100, timeoutMs: 120_000 }), {
    name: 'SpawnError',
    message: /yes was killed: its output did not end/,
  })
})

test('no environment variable of the agent reaches it', async () => {
  process.env.PSD_SECRET = 'x'
  const { stdout } = await run('env', [])
  delete process.env.PSD_SECRET
  assert.doesNotMatch(stdout, /PSD_SECRET/)
})

test('a program that takes too long is killed, and what it started itself is not waited for', async () => {
  // The time-out ends the shell; its child holds the output open, for longer than a test may take.
  const file = join(await mkdtemp(join(tmpdir(), 'spawn-')), 'pid')
  await assert.rejects(spawnAndWait('sh', ['-c', 'sleep 600 & echo $! > "$0"; wait', file], { timeoutMs: 2_000 }), {
    name: 'SpawnError',
    message: /sh was killed by SIGKILL/,
  })
  process.kill(Number(await readFile(file, 'utf8')))
  await rm(dirname(file), { recursive: true })
})
