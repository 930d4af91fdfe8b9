import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Etcd3 } from 'etcd3'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { EtcdStorage } from '../../../../src/controlplane/apiserver/storage/etcd-storage.ts'
import { freePort } from '../../../support/free-port.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { aPod, configMaps, makeBackend, pod, pods } from '../../harness.ts'

const etcd = '/usr/bin/etcd'

describe('storage in a real etcd', () => {
  let directory: string
  let url: string
  let peer: string
  let running: ChildProcess

  async function start(): Promise<void> {
    const flags = ['--data-dir', directory, '--listen-client-urls', url, '--advertise-client-urls', url, '--listen-peer-urls', peer]
    running = spawn(etcd, [...flags, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`], { stdio: 'ignore' })
    await waitUntil('etcd to answer', async () => (await fetch(`${url}/health`)).ok)
  }

  async function stop(): Promise<void> {
    running.kill('SIGKILL')
    await once(running, 'exit')
  }

  const storage = () => new EtcdStorage([url], { log: silentLogger, clock: systemClock })

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'podsteward-etcd-'))
    url = `http://127.0.0.1:${await freePort()}`
    peer = `http://127.0.0.1:${await freePort()}`
    await start()
  })

  after(async () => {
    await stop()
    await rm(directory, { recursive: true })
  })

  it("objects lie as JSON under etcd's usual keys, their version is etcd's revision", async () => {
    const { store, backend } = await makeBackend({ storage: storage() })
    await using _store = store
    await backend.create({ resource: 'nodes' }, { metadata: { name: 'n1' } })
    const created = await backend.create(pods, aPod('keyed'))
    using client = closing(new Etcd3({ hosts: url }))
    const keys = await client.etcd.getAll().prefix('/registry/').keys()
    for (const key of ['/registry/minions/n1', '/registry/pods/default/keyed', '/registry/namespaces/default']) assert.ok(keys.includes(key), key)
    const { kvs } = await client.etcd.get('/registry/pods/default/keyed').exec()
    const stored = JSON.parse(kvs[0]?.value.toString() ?? '') as { kind: string; apiVersion: string; metadata: { resourceVersion?: string } }
    assert.deepEqual([stored.apiVersion, stored.kind, stored.metadata.resourceVersion], ['v1', 'Pod', undefined])
    assert.equal(created.metadata?.resourceVersion, kvs[0]?.mod_revision)
  })

  it('what was written is there for the next server, and a write is read at once', async () => {
    {
      const { store, backend } = await makeBackend({ storage: storage() })
      await using _store = store
      await backend.create(configMaps, { metadata: { name: 'lasting' }, data: { a: '1' } } as never)
    }
    const { store, backend } = await makeBackend({ storage: storage() })
    await using _store = store
    const found = (await backend.get({ ...configMaps, name: 'lasting' })) as { data?: unknown }
    assert.deepEqual(found.data, { a: '1' })
    await backend.patch({ ...configMaps, name: 'lasting' }, 'application/merge-patch+json', { data: { a: '2' } })
    assert.deepEqual(((await backend.get({ ...configMaps, name: 'lasting' })) as { data?: unknown }).data, { a: '2' })
  })

  it('two servers over one etcd see the changes of each other, and no write is lost between them', async () => {
    const [one, two] = [await makeBackend({ storage: storage() }), await makeBackend({ storage: storage() })]
    await using _one = one.store
    await using _two = two.store
    const counter = { ...configMaps, name: 'shared' }
    await one.backend.create(configMaps, { metadata: { name: 'shared' }, data: {} } as never)
    await waitUntil('the other server to see it', () => two.store.get('configmaps', 'default/shared') !== undefined)
    const writes = Array.from({ length: 10 }, (_, index) =>
      (index % 2 ? one : two).backend
        .patch(counter, 'application/merge-patch+json', { data: { [`k${index}`]: 'x' } })
        .catch((error: { reason?: string }) => error.reason),
    )
    const refused = (await Promise.all(writes)).filter((result) => result === 'Conflict').length
    const seen = () => Object.keys((two.store.get('configmaps', 'default/shared')?.object as { data?: object } | undefined)?.data ?? {}).length
    await waitUntil('all writes to arrive', () => seen() === 10 - refused, { seen })
  })

  it('an etcd that is killed and comes back costs no server its watch', async () => {
    const { store, backend } = await makeBackend({ storage: storage() })
    await using _store = store
    const seen: string[] = []
    const stopping = new AbortController()
    const watching = (async () => {
      for await (const { type, object } of backend.watch(pods, { resourceVersion: String(store.revision), signal: stopping.signal }))
        seen.push(`${type} ${object.metadata?.name}`)
    })()
    await backend.create(pods, aPod('before'))
    await stop()
    await assert.rejects(backend.create(pods, aPod('lost')))
    await start()
    await waitUntil('a write to succeed again', () => backend.create(pods, aPod('afterwards')).then(() => true))
    await waitUntil('the watch to tell', () => seen.includes('ADDED afterwards'), { seen: () => seen })
    assert.deepEqual(
      seen.filter((event) => event.startsWith('ADDED') && !event.endsWith('lost')),
      ['ADDED before', 'ADDED afterwards'],
    )
    assert.equal((await backend.get(pod('before'))).metadata?.name, 'before')
    stopping.abort()
    await watching
  })

  for (const later of [0, 60])
    it(`an etcd that comes back as an older copy${later > 0 ? ', and has gone on from there' : ''} is read anew: what is no more goes, what is new is seen, and writes go on`, async () => {
      const { store, backend } = await makeBackend({ storage: storage() })
      await using _store = store
      const name = (what: string) => `${what}-${later}`
      await backend.create(pods, aPod(name('old')))
      await stop()
      const copy = await mkdtemp(join(tmpdir(), 'podsteward-etcd-copy-'))
      await cp(directory, copy, { recursive: true })
      await start()
      await waitUntil('a write to succeed', () => backend.create(pods, aPod(name('lost'))).then(() => true))
      for (let index = 0; index < 20; index += 1)
        await backend.patch(pod(name('old')), 'application/merge-patch+json', { metadata: { labels: { n: String(index) } } })
      const seen: string[] = []
      const stopping = new AbortController()
      const watching = (async () => {
        for await (const { type, object } of backend.watch(pods, { resourceVersion: String(store.revision), signal: stopping.signal }))
          seen.push(`${type} ${object.metadata?.name}`)
      })()
      const before = store.revision
      await stop()
      await rm(directory, { recursive: true })
      await cp(copy, directory, { recursive: true })
      await rm(copy, { recursive: true })
      await start()
      using client = closing(new Etcd3({ hosts: url }))
      for (let index = 0; index < later; index += 1)
        await client.etcd.put('/registry/configmaps/default/other').value(JSON.stringify({ metadata: { name: 'other', namespace: 'default' } }))
      await waitUntil('the lost pod to be gone', () => seen.includes(`DELETED ${name('lost')}`), { seen: () => seen })
      // It may have been read while the other was still going on.
      await waitUntil('its revision', () => store.revision < before === (later === 0), { seen: () => [store.revision, before] })
      assert.equal((await backend.get(pod(name('old')))).metadata?.labels?.n, undefined)
      await waitUntil('a write to succeed again', () => backend.create(pods, aPod(name('new'))).then(() => true))
      await waitUntil('the watch to tell', () => seen.includes(`ADDED ${name('new')}`), { seen: () => seen })
      const from = (await backend.list(pods)).resourceVersion
      const again = backend.watch(pods, { resourceVersion: from, signal: stopping.signal })[Symbol.asyncIterator]()
      const next = again.next()
      await backend.create(pods, aPod(name('newest')))
      assert.equal((await next).value?.object.metadata?.name, name('newest'))
      stopping.abort()
      await watching
      await again.return?.(undefined)
    })
})

it('an etcd that is not there is an error that names it', async () => {
  const nowhere = new EtcdStorage([`http://127.0.0.1:${await freePort()}`], { log: silentLogger, clock: systemClock })
  await assert.rejects(nowhere.start({ reset() {}, apply() {} }), /etcd at http:\/\/127\.0\.0\.1:\d+ cannot be read/)
  await nowhere[Symbol.asyncDispose]()
})

const closing = (etcd: Etcd3) => ({ etcd, [Symbol.dispose]: () => etcd.close() })
