import assert from 'node:assert/strict'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { kubeletAllocations, parseAllocations } from '../../../actors/node/admission/kubelet-allocations.ts'
import { type Logger, silentLogger } from '../../../src/base/log.ts'

const given = { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '64Mi' } }
/** As a kubelet 1.36 writes it. */
const written = JSON.stringify({ data: JSON.stringify({ entries: { 'uid-1': { ContainerResources: { app: given, side: {} } } } }), checksum: 123 })

async function aRoot(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), 'allocations-'))
  t.after(() => rm(root, { recursive: true }))
  const said: string[] = []
  const log: Logger = { ...silentLogger, warn: (text) => void said.push(text) }
  return { root, said, read: () => Object.fromEntries(kubeletAllocations(root, log)), path: join(root, 'allocated_pods_state') }
}

test('what a kubelet gave its pods is read once: from then on their status counts', async (t) => {
  const { path, read, said } = await aRoot(t)
  assert.deepEqual(read(), {})
  await writeFile(path, written)
  assert.deepEqual(read(), { 'uid-1': { app: given, side: {} } })
  assert.deepEqual(read(), {})
  // The kubelet ran again meanwhile.
  await utimes(path, 1, 2)
  assert.deepEqual(Object.keys(read()), ['uid-1'])
  assert.deepEqual(said, [])
})

test('a kubelet 1.32 had it in another file, in another way', async (t) => {
  const { root, read } = await aRoot(t)
  await writeFile(
    join(root, 'pod_status_manager_state'),
    JSON.stringify({ data: JSON.stringify({ allocationEntries: { 'uid-1': { app: given } } }), checksum: 1 }),
  )
  assert.deepEqual(read(), { 'uid-1': { app: given } })
})

test('a file that is damaged is told of, and nothing is taken from it', async (t) => {
  const { path, read, said } = await aRoot(t)
  for (const text of [
    '',
    '{',
    '{"data":1}',
    '{"data":"{"}',
    JSON.stringify({ data: JSON.stringify({ entries: { u: { ContainerResources: { c: { requests: { cpu: 1 } } } } } }) }),
  ]) {
    await writeFile(path, text)
    assert.deepEqual(read(), {}, text)
  }
  assert.equal(said.length, 5)
})

test('whatever is in it, it is taken or refused', () => {
  fc.assert(
    fc.property(fc.json(), (data) => {
      try {
        parseAllocations(JSON.stringify({ data }))
      } catch (error) {
        assert.ok(error instanceof Error)
      }
    }),
  )
  assert.deepEqual([...parseAllocations(JSON.stringify({ data: '{}' }))], [], 'a kubelet without pods')
})
