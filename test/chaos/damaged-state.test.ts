/** Each file that `podsteward up` keeps is damaged, one at a time: it starts and makes it anew, or says in one line which file it is. */
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { Podsteward } from '../support/podsteward.ts'
import { waitUntil } from '../support/wait-until.ts'

let sound: string

const run = (state: string) =>
  new Podsteward(['up', '--engine', 'simulated', '--state-dir', state, '--secure-port', '0', '--port', '0', '--cadvisor-port', '0', '--no-example'])

async function killed(podsteward: Podsteward): Promise<void> {
  podsteward.process.kill('SIGKILL')
  await waitUntil('it to be gone', () => podsteward.exitCode !== undefined)
}

before(async () => {
  sound = await mkdtemp(join(tmpdir(), 'damaged-state-'))
  await using first = run(sound)
  await first.says(/Ctrl-C stops/, 60_000)
  await killed(first)
})
after(() => rm(sound, { recursive: true, force: true }))

const damages = [
  ['empty', (path: string) => writeFile(path, '')],
  ['null', (path: string) => writeFile(path, 'null')],
  ['of other types', (path: string) => writeFile(path, '{"key":7,"items":{"a":[]}}\n')],
  ['cut short', async (path: string) => writeFile(path, (await readFile(path)).subarray(0, 40))],
  ['binary', (path: string) => writeFile(path, Buffer.from([0, 255, 1, 254, 0x8a, 0]))],
  [
    'a directory',
    async (path: string) => {
      await rm(path)
      await mkdir(join(path, 'sub'), { recursive: true })
    },
  ],
] as const

test('whichever file is damaged, and however, it starts, or says which file', { timeout: 600_000 }, async () => {
  const files = (await readdir(sound, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(sound, join(entry.parentPath, entry.name)))
    .filter((file) => !file.endsWith('.log'))
  assert.ok(files.length >= 10, files.join(' '))
  for (const [index, file] of files.entries()) {
    const [what, damage] = damages[index % damages.length] ?? damages[0]
    const state = await mkdtemp(join(tmpdir(), 'damaged-state-'))
    try {
      await cp(sound, state, { recursive: true })
      await damage(join(state, file))
      await using again = run(state)
      const about = `${file}, ${what}`
      await again.says(/Ctrl-C stops/, 60_000).catch((error: unknown) => {
        assert.ok(again.exitCode === 1 || again.exitCode === 2, `${about}: ${String(error)}`)
        assert.ok(again.output.includes(join(state, file)), `${about}: ${again.output}`)
        assert.doesNotMatch(again.output, /^\s+at /m, about)
      })
      // How it stops is another test's.
      await killed(again)
    } finally {
      await rm(state, { recursive: true, force: true })
    }
  }
})
