import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { watchManifestFiles } from '../../../actors/node/static/file-source.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { type Logger, silentLogger } from '../../../src/base/log.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { shell } from '../../support/hard-trees.ts'
import { waitUntil } from '../../support/wait-until.ts'

const manifest = (name: string, image = 'i') =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'c', image }] } })

async function watching(t: TestContext, path: (root: string) => string, checkMs = 60_000) {
  const root = await mkdtemp(join(tmpdir(), 'manifests-'))
  const stop = new AbortController()
  const said: string[] = []
  const log: Logger = { ...silentLogger, warn: (text, fields) => void said.push(`${text}: ${JSON.stringify(fields)}`) }
  const told: (readonly Pod[])[] = []
  const tell = (pods: readonly Pod[]) => void told.push(pods)
  const begin = () => {
    const done = watchManifestFiles({ path: path(root), nodeName: 'n', checkMs, tell, clock: systemClock, log, signal: stop.signal })
    t.after(async () => {
      stop.abort()
      await done
      await rm(root, { recursive: true, force: true })
    })
  }
  const names = () => (told.at(-1) ?? []).map((pod) => pod.metadata?.name)
  const until = (...wanted: string[]) => waitUntil(`pods ${wanted}`, () => told.length > 0 && names().join() === wanted.join(), { seen: names })
  return { root, begin, told, said, until, at: (name: string) => join(root, name) }
}

test('manifests are seen as they come, change and go; a bad one is said once and holds up nobody', async (t) => {
  const { root, begin, told, said, until, at } = await watching(t, (directory) => directory)
  await writeFile(at('a.yaml'), manifest('a'))
  await writeFile(at('bad.yaml'), 'kind: [')
  await writeFile(at('.hidden.yaml'), manifest('hidden'))
  await mkdir(at('directory'))
  begin()
  await until('a-n')
  await writeFile(at('b.json'), manifest('b'))
  await until('a-n', 'b-n')
  const before = told.at(-1)
  // As editors do it.
  await writeFile(at('.a.swp'), manifest('a', 'other'))
  await rename(at('.a.swp'), at('a.yaml'))
  await waitUntil('another uid', () => told.at(-1)?.[0]?.metadata?.uid !== before?.[0]?.metadata?.uid)
  assert.equal(told.at(-1)?.[1], before?.[1], 'what did not change is the same, when it was seen too')
  await rm(at('a.yaml'))
  await until('b-n')
  assert.deepEqual(said.filter((line) => line.includes('bad.yaml')).length, 1, said.join('\n'))
  await rm(root, { recursive: true })
  await until()
})

test('a manifest that becomes bad keeps its last good pod, and two of one name keep the first', async (t) => {
  const { begin, until, said, at } = await watching(t, (directory) => directory)
  await writeFile(at('a'), manifest('a'))
  begin()
  await until('a-n')
  await writeFile(at('a'), '{"apiVersion"')
  await waitUntil('the complaint', () => said.some((line) => line.includes('its last good version runs on')))
  await writeFile(at('b'), manifest('a'))
  await writeFile(at('c'), manifest('c'))
  await until('a-n', 'c-n')
  assert.ok(said.some((line) => line.includes('is already given by')))
})

test('a path that is not there yet is found by the periodic reading; a single file may be given', async (t) => {
  const { begin, until, at } = await watching(t, (directory) => join(directory, 'pod.yaml'), 50)
  begin()
  await until()
  await writeFile(at('new'), manifest('a'))
  await rename(at('new'), at('pod.yaml'))
  await until('a-n')
  await rm(at('pod.yaml'))
  await until()
})

test('fifos, sockets, devices, loops, unreadable and endless files in the directory are named, and hold up neither static pods nor the end', async (t) => {
  const { root, begin, until, said, at } = await watching(t, (directory) => directory, 200)
  await shell(
    root,
    `mkfifo fifo.yaml; mknod device.yaml c 1 5; ln -s loop.yaml loop.yaml; ln -s /dev/zero endless.yaml; ln -s /proc/kmsg waits.yaml; truncate -s 1T huge.yaml
     python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket.yaml")'`,
  )
  await writeFile(at('a.yaml'), manifest('a'))
  await symlink('..data/b.yaml', at('b.yaml'))
  await mkdir(at('..data'))
  await writeFile(at('..data/b.yaml'), manifest('b'))
  begin()
  await until('a-n', 'b-n')
  const named = ['fifo', 'device', 'loop', 'endless', 'waits', 'huge', 'socket']
  await waitUntil('all complaints', () => named.every((name) => said.some((line) => line.includes(`${name}.yaml`))), { seen: () => said })
  await writeFile(at('z.yaml'), manifest('z'))
  await until('a-n', 'b-n', 'z-n')
  // Each once, though the directory was read again and again.
  for (const name of named) assert.equal(said.filter((line) => line.includes(`${name}.yaml`)).length, 1, said.join('\n'))
  // A manifest whose place a fifo takes is gone.
  await rm(at('a.yaml'))
  await shell(root, 'mkfifo a.yaml')
  await until('b-n', 'z-n')
})

test('a static pod path that is a fifo is said and waited for, not read', async (t) => {
  const { root, begin, until, said, at } = await watching(t, (directory) => join(directory, 'pods.yaml'), 200)
  await shell(root, 'mkfifo pods.yaml')
  begin()
  await waitUntil('the complaint', () => said.some((line) => line.includes('is a fifo')))
  await writeFile(at('next'), manifest('a'))
  await rename(at('next'), at('pods.yaml'))
  await until('a-n')
})
