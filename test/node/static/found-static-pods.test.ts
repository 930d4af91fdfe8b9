import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { watchManifestFiles } from '../../../actors/node/static/file-source.ts'
import { type FoundStaticPods, findStaticPods, NotedUids } from '../../../actors/node/static/found-static-pods.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import type { PodState, PodSummary } from '../../../src/engine/engine.ts'
import { podUid } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** A kubelet's, of FNV-128a. */
const kubelets = '8d2c1a0b9e7f6d5c4b3a29180f1e2d3c'
const manifest = (image: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'etcd', namespace: 'kube-system' }, spec: { containers: [{ name: 'c', image }] } })

interface Ran {
  readonly name?: string
  readonly uid?: string
  readonly source?: string
  readonly seen: string
}

/** An engine on which these pods were made; the first `failures` calls fail. */
function engineOf(pods: readonly Ran[], failures = 0) {
  let left = failures
  const identity = ({ name = 'etcd-cp1', uid = kubelets }: Ran) => ({ uid: podUid(uid), name, namespace: 'kube-system' })
  return {
    listPods: async () => {
      if (left-- > 0) throw new Error('the runtime is away')
      return pods.map((pod) => ({ pod: identity(pod), sandboxIds: [], running: [], fingerprint: '' }) as PodSummary)
    },
    podState: async (uid: string) => {
      const ran = pods.find((pod) => identity(pod).uid === uid)
      const annotations = { 'kubernetes.io/config.source': ran?.source ?? 'file', 'kubernetes.io/config.seen': ran?.seen ?? '' }
      return { sandboxes: [{ annotations }], containers: [] } as unknown as PodState
    },
  }
}

const find = (pods: readonly Ran[], failures?: number): Promise<FoundStaticPods> =>
  findStaticPods(engineOf(pods, failures), 'CP1', { clock: systemClock, log: silentLogger, signal: new AbortController().signal })

async function reading(t: TestContext, found: FoundStaticPods) {
  const root = await mkdtemp(join(tmpdir(), 'found-'))
  const stop = new AbortController()
  const file = join(root, 'etcd.yaml')
  await writeFile(file, manifest('etcd:1'))
  const told: (readonly Pod[])[] = []
  const done = watchManifestFiles({
    ...{ path: root, nodeName: 'cp1', checkMs: 60_000, found, clock: systemClock, log: silentLogger, signal: stop.signal },
    tell: (pods) => void told.push(pods),
  })
  t.after(async () => {
    stop.abort()
    await done
    await rm(root, { recursive: true, force: true })
  })
  const until = (what: string, holds: (pod: Pod | undefined) => boolean) =>
    waitUntil(what, () => told.length > 0 && holds(told.at(-1)?.[0]), { seen: () => told.at(-1) })
  await until('a pod', (pod) => pod !== undefined)
  return { root, file, told, until, pod: () => told.at(-1)?.[0] }
}

const later = () => new Date(Date.now() + 3_600_000).toISOString()
const earlier = () => new Date(Date.now() - 3_600_000).toISOString()

test('a static pod that a kubelet left running goes on under its uid, also when its file is touched', async (t) => {
  const { file, told, pod } = await reading(t, await find([{ seen: later() }]))
  assert.equal(pod()?.metadata?.uid, kubelets)
  assert.equal(pod()?.metadata?.annotations?.['kubernetes.io/config.hash'], kubelets)
  const before = told.length
  await utimes(file, new Date(), new Date())
  await waitUntil('another reading', () => told.length > before)
  assert.equal(pod()?.metadata?.uid, kubelets)
})

test('a manifest that changes afterwards is another pod', async (t) => {
  const { root, file, until, pod } = await reading(t, await find([{ seen: new Date(Date.now() + 1_000).toISOString() }]))
  assert.equal(pod()?.metadata?.uid, kubelets)
  const next = join(root, '.next')
  await writeFile(next, manifest('etcd:2'))
  const ahead = new Date(Date.now() + 60_000)
  await utimes(next, ahead, ahead)
  await rename(next, file)
  await until('the other image', (each) => each?.spec?.containers[0]?.image === 'etcd:2')
  assert.notEqual(pod()?.metadata?.uid, kubelets)
})

test('one whose manifest changed since, of another name, of the API server or of no known time is not known again', async (t) => {
  for (const ran of [{ seen: earlier() }, { seen: later(), name: 'etcd-cp2' }, { seen: later(), source: 'api' }, { seen: 'yesterday' }]) {
    const { pod } = await reading(t, await find([ran]))
    assert.match(pod()?.metadata?.uid ?? '', /^[0-9a-f]{32}$/)
    assert.notEqual(pod()?.metadata?.uid, kubelets, JSON.stringify(ran))
  }
})

test('of two of one name the one seen last is it; an engine that is away is waited for', async (t) => {
  const found = await find([{ seen: later(), uid: 'old' }, { seen: new Date(Date.now() + 7_200_000).toISOString() }], 1)
  const { pod } = await reading(t, found)
  assert.equal(pod()?.metadata?.uid, kubelets)
})

test('what was known again stays known over a restart of the agent, though its manifest was touched meanwhile; a damaged note is none', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'noted-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const noted = () => new NotedUids(root, silentLogger)
  const find = (pods: readonly Ran[]) =>
    findStaticPods(engineOf(pods), 'cp1', { clock: systemClock, log: silentLogger, signal: new AbortController().signal, noted: noted() })
  const pod: Pod = { metadata: { name: 'etcd-cp1', namespace: 'kube-system', uid: 'content' }, spec: { containers: [] } }
  const uid = (found: FoundStaticPods, changedAt: number) => found.known(pod, changedAt).metadata?.uid
  const seen = Date.parse('2026-01-02T03:04:05Z')
  const ran = { seen: '2026-01-02T03:04:05.000000001Z' }
  assert.equal(uid(await find([ran]), seen + 1), 'content')
  assert.equal(uid(await find([ran]), seen - 1), kubelets)
  const file = join(root, 'podsteward/static-pods.json')
  await waitUntil('the note', async () => (await readFile(file, 'utf8').catch(() => '')) === JSON.stringify({ content: kubelets }))
  assert.equal(uid(await find([ran]), seen + 1), kubelets)
  assert.equal(uid(await find([]), seen + 1), 'content', 'it is gone from the engine')
  for (const bad of ['{', '[]', '{"content":5}', 'null']) {
    await mkdir(join(root, 'podsteward'), { recursive: true })
    await writeFile(file, bad)
    assert.equal(uid(await find([ran]), seen + 1), 'content', bad)
  }
})
