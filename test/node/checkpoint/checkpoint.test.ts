import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Checkpoint, worthKeeping } from '../../../actors/node/checkpoint/checkpoint.ts'
import { type Logger, silentLogger } from '../../../src/base/log.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { podUid } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { waitUntil } from '../../support/wait-until.ts'

const pod = (uid: string, image = 'i'): Pod => ({ metadata: { name: uid, namespace: 'a', uid }, spec: { containers: [{ name: 'c', image }] } })

async function aRoot(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'checkpoint-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const said: string[] = []
  const log: Logger = { ...silentLogger, warn: (text) => void said.push(text) }
  const clock = new ManualClock()
  return { root, said, clock, open: () => new Checkpoint(root, { clock, log }), directory: join(root, 'podsteward/checkpoints/pods') }
}

test('what was put is read by the next agent, in files that only the owner reads', async (t) => {
  const { open, directory } = await aRoot(t)
  const first = open()
  first.put(podUid('u1'), pod('u1'))
  first.put(podUid('u1'), pod('u1', 'newer'))
  first.put(podUid('u2'), pod('u2'))
  first.forget(podUid('u2'))
  first.put(podUid('../../etc/x'), pod('x'))
  first.putServices([{ metadata: { name: 's', namespace: 'a' } }])
  await first[Symbol.asyncDispose]()
  assert.deepEqual(await readdir(directory), ['u1.json'])
  assert.equal((await stat(join(directory, 'u1.json'))).mode & 0o777, 0o600)
  assert.equal((await stat(directory)).mode & 0o777, 0o700)
  const second = open()
  assert.deepEqual(await second.pods(), [pod('u1', 'newer')])
  assert.deepEqual(await second.services(), [{ metadata: { name: 's', namespace: 'a' } }])
})

test('what an earlier version wrote down in the kubelet’s own directory is moved, once, and checkpoints of containers stay', async (t) => {
  const { root, open, directory } = await aRoot(t)
  const former = join(root, 'checkpoints')
  await mkdir(join(former, 'pods'), { recursive: true })
  await writeFile(join(former, 'pods/u1.json'), JSON.stringify(pod('u1')))
  await writeFile(join(former, 'services.json'), JSON.stringify({ items: [{ metadata: { name: 's', namespace: 'a' } }] }))
  await writeFile(join(former, 'checkpoint-p_n-c-2026-01-01T00:00:00Z.tar'), '')
  const first = open()
  assert.deepEqual(await first.services(), [{ metadata: { name: 's', namespace: 'a' } }])
  assert.deepEqual(await first.pods(), [pod('u1')])
  await first[Symbol.asyncDispose]()
  assert.deepEqual([await readdir(former), await readdir(directory)], [['checkpoint-p_n-c-2026-01-01T00:00:00Z.tar'], ['u1.json']])
  // What is there already is newer.
  await mkdir(join(former, 'pods'))
  await writeFile(join(former, 'pods/u1.json'), JSON.stringify(pod('u1', 'older')))
  assert.deepEqual(await open().pods(), [pod('u1')])
})

test('a burst of changes is one write a second', async (t) => {
  const { open, clock, directory } = await aRoot(t)
  const checkpoint = open()
  checkpoint.put(podUid('u1'), pod('u1'))
  await clock.advance(999)
  await assert.rejects(readdir(directory), { code: 'ENOENT' })
  await clock.advance(1)
  await checkpoint[Symbol.asyncDispose]()
  assert.deepEqual(await readdir(directory), ['u1.json'])
})

test('a file that was cut off is left out and said; pods that the API server no longer lists are forgotten', async (t) => {
  const { open, said, directory } = await aRoot(t)
  const checkpoint = open()
  for (const uid of ['u1', 'u2', 'u3']) checkpoint.put(podUid(uid), pod(uid))
  await checkpoint[Symbol.asyncDispose]()
  await writeFile(join(directory, 'u3.json'), '{"metadata": {"uid"')
  assert.deepEqual(
    (await checkpoint.pods()).map((each) => each.metadata?.uid),
    ['u1', 'u2'],
  )
  assert.equal(said.length, 1)
  await checkpoint.keep(new Set([podUid('u2')]))
  await checkpoint[Symbol.asyncDispose]()
  assert.deepEqual(await readdir(directory), ['u2.json'])
})

test('a disk that takes nothing is said once and holds nobody up', async (t) => {
  const { root, open, said } = await aRoot(t)
  await writeFile(join(root, 'podsteward'), 'in the way')
  const checkpoint = open()
  for (const uid of ['u1', 'u2']) checkpoint.put(podUid(uid), pod(uid))
  await checkpoint[Symbol.asyncDispose]()
  assert.equal(said.length, 1)
  assert.deepEqual(await checkpoint.pods(), [])
})

test('a status that moved is not worth a write; a spec, a label, a deletion or an end is one soon, a beginning later', () => {
  const before: Pod = { ...pod('u'), status: { phase: 'Pending' } }
  assert.equal(worthKeeping(undefined, before), 'soon')
  assert.equal(worthKeeping(before, { ...before, status: { phase: 'Pending', podIP: '10.0.0.1' } }), undefined)
  assert.equal(worthKeeping(before, { ...before, status: { phase: 'Pending', startTime: 't' } }), 'later')
  assert.equal(worthKeeping(before, { ...before, status: { phase: 'Running' } }), 'later')
  assert.equal(worthKeeping(before, { ...before, status: { phase: 'Failed' } }), 'soon')
  assert.equal(worthKeeping(before, { ...before, status: { phase: 'Succeeded', startTime: 't' } }), 'soon')
  assert.equal(worthKeeping(before, { ...before, metadata: { ...before.metadata, deletionTimestamp: 't' } }), 'soon')
  assert.equal(worthKeeping(before, { ...before, spec: pod('u').spec }), 'soon')
})

test('a pod that begins is written down once in ten seconds, with what it had become; one that ends within a second', async (t) => {
  const { open, clock, directory } = await aRoot(t)
  await using checkpoint = open()
  const uid = podUid('u1')
  const phase = async () => (JSON.parse(await readFile(join(directory, 'u1.json'), 'utf8')) as Pod).status?.phase
  const put = (phase: string, when: 'soon' | 'later') => checkpoint.put(uid, { ...pod('u1'), status: { phase } as Pod['status'] }, when)
  put('Pending', 'soon')
  await clock.advance(1000)
  await waitUntil('the first', async () => (await phase()) === 'Pending')
  const { mtimeMs } = await stat(join(directory, 'u1.json'))
  put('Running', 'later')
  await clock.advance(9000)
  assert.equal((await stat(join(directory, 'u1.json'))).mtimeMs, mtimeMs)
  await clock.advance(2000)
  await waitUntil('the second', async () => (await phase()) === 'Running')
  put('Running', 'later')
  put('Failed', 'soon')
  put('Failed', 'later')
  await clock.advance(1500)
  await waitUntil('the end', async () => (await phase()) === 'Failed')
})

for (const [what, text] of [
  ['null', 'null'],
  ['a list', '[]'],
  ['nothing', ''],
  ['a pod whose containers are a word', '{"metadata":{"name":"u3","namespace":"a","uid":"u3"},"spec":{"containers":"c"}}'],
  ['another pod', '{"metadata":{"name":"u9","namespace":"a","uid":"u9"},"spec":{"containers":[{"name":"c"}]}}'],
  ['a pod without a spec', '{"metadata":{"name":"u3","namespace":"a","uid":"u3"}}'],
] as const)
  test(`a checkpoint that holds ${what} is set aside, the others are read, and what a crash left half written goes`, async (t) => {
    const { open, said, directory } = await aRoot(t)
    const checkpoint = open()
    for (const uid of ['u1', 'u3']) checkpoint.put(podUid(uid), pod(uid))
    await checkpoint[Symbol.asyncDispose]()
    await writeFile(join(directory, 'u3.json'), text)
    await writeFile(join(directory, 'u1.json.new'), '{"half')
    assert.deepEqual(await checkpoint.pods(), [pod('u1')])
    assert.deepEqual((await readdir(directory)).sort(), ['u1.json', 'u3.json.damaged'])
    assert.equal(said.length, 1)
  })

for (const text of ['null', '{}', '{"items":null}', '{"items":[null]}', '{"items":[{"metadata":{"name":"s","namespace":"a"},"spec":{"ports":5}}]}'])
  test(`services that are written down as ${text} are none`, async (t) => {
    const { root, open, said } = await aRoot(t)
    const checkpoint = open()
    checkpoint.putServices([{ metadata: { name: 's', namespace: 'a' } }])
    await checkpoint[Symbol.asyncDispose]()
    await writeFile(join(root, 'podsteward/checkpoints/services.json'), text)
    assert.equal(await checkpoint.services(), undefined)
    assert.equal(said.length, 1)
  })
