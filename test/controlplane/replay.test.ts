import assert from 'node:assert/strict'
import { Agent, request } from 'node:https'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { NodeCaller } from '../../src/controlplane/apiserver/node/node-caller.ts'
import { type ControlPlane, createControlPlane } from '../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../src/controlplane/apiserver/storage/memory-storage.ts'
import { serverParts, startControllers } from '../../src/controlplane/assembly.ts'
import { measuredComponents } from '../../src/controlplane/instrumentation/components.ts'
import { type ControlPlanePki, loadPki } from '../../src/controlplane/pki/files.ts'
import { waitUntil } from '../support/wait-until.ts'
import { comparable, type Exchange, learn, recording } from './replay.ts'

/** What is not compared as a whole, and why. The status and the content type are, except where it says so. */
const exceptions: Readonly<Record<string, (theirs: unknown, ours: unknown) => void>> = {
  // Kinds that are not served are left out of discovery; those that are look the same.
  groups: (theirs, ours) => subset('groups', 'name', theirs, ours),
  'aggregated discovery of core': (theirs, ours) => subset('resources', 'resource', versionOf(theirs), versionOf(ours)),
  'core resources': (theirs, ours) => subset('resources', 'name', theirs, ours),
  // Its own build.
  version: (_, ours) => assert.deepEqual([(ours as Json).major, (ours as Json).minor], ['1', '36']),
  // The recorded cluster had another node, and a controller that annotates nodes.
  'nodes, table': (theirs, ours) => {
    assert.deepEqual((ours as Json).columnDefinitions, (theirs as Json).columnDefinitions)
    assert.deepEqual(ageless(rowOf(ours, 'rec-node')), ageless(rowOf(theirs, 'rec-node')))
  },
  // And other namespaces: a page of one, with a way on and a count of what remains.
  'list, page of one': (_, ours) => {
    const { items, metadata } = ours as { items: unknown[]; metadata: Json }
    assert.equal(items.length, 1)
    assert.equal(metadata.continue, '<continue>')
    assert.ok((metadata.remainingItemCount as number) > 0)
  },
  // The recorded server had an old etcd and could not do this; ours can: initial events, then the bookmark that ends them.
  'watch, sendInitialEvents': (_, ours) => {
    const last = (ours as { type: string; object: { metadata: { annotations: Json } } }[]).at(-1)
    assert.equal(last?.type, 'BOOKMARK')
    assert.deepEqual(last.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' })
  },
  // Since 1.35 conditions say of which generation they are; the recorded server was older.
  'delete collection': (theirs, ours) => {
    const without = (key: string, value: unknown) => (key === 'observedGeneration' ? undefined : value)
    assert.deepEqual(JSON.parse(JSON.stringify(ours, without)), JSON.parse(JSON.stringify(theirs, without)))
  },
  // The recorded server's cache lagged behind its etcd (a 504 in the stream); ours cannot.
  'watch, table': (_, ours) => {
    const events = ours as { type: string; object: { kind: string; columnDefinitions: unknown[] | null } }[]
    assert.deepEqual(
      events.map(({ type, object }) => [type, object.kind, object.columnDefinitions !== null]),
      [
        ['ADDED', 'Table', true],
        ['ADDED', 'Table', false],
      ],
    )
  },
}

type Json = Record<string, unknown>
const versionOf = (document: unknown) => (document as { items: { versions: unknown[] }[] }).items[0]?.versions[0]
const rowOf = (table: unknown, name: string) => (table as { rows: { cells: unknown[] }[] }).rows.find(({ cells }) => cells[0] === name)
const ageless = (row: { cells: unknown[] } | undefined) => row?.cells.with(3, '<age>')

function subset(list: string, key: string, theirs: unknown, ours: unknown): void {
  const known = new Map(((theirs as Json)[list] as Json[]).map((entry) => [entry[key], entry]))
  const own = (ours as Json)[list] as Json[]
  assert.ok(own.length > 5)
  for (const entry of own) if (known.has(entry[key])) assert.deepEqual(entry, known.get(entry[key]))
  const shared = own.map((entry) => entry[key]).filter((name) => known.has(name))
  for (const name of ['pods', 'events.k8s.io']) if (known.has(name)) assert.ok(shared.includes(name), `${name} is served`)
}

describe('the recorded exchanges of a kube-apiserver 1.32, answered by the embedded one', () => {
  let pki: ControlPlanePki
  let server: ControlPlane
  let controllers: AsyncDisposable
  let agent: Agent
  const pairs = new Map<string, string>()

  before(async () => {
    pki = await loadPki(undefined, ['127.0.0.1'], Date.now())
    const parts = serverParts(pki, new NodeCaller(pki.nodeCaller))
    server = await createControlPlane({
      storage: new MemoryStorage(),
      ...parts,
      tls: { cert: pki.serving.certPem, key: pki.serving.keyPem, ca: pki.authority.certPem },
      listen: { host: '127.0.0.1', port: 0 },
      clock: systemClock,
      log: silentLogger,
    })
    controllers = await startControllers({
      backend: server.backend,
      kinds: server.kinds,
      clock: systemClock,
      log: silentLogger,
      authority: pki.authority,
      signer: parts.signer,
      port: server.port,
      figures: measuredComponents(server.metrics),
    })
    agent = new Agent({ ca: pki.authority.certPem, cert: pki.admin.certPem, key: pki.admin.keyPem, keepAlive: true })
    // The recorded node's lease was there before the script began.
    await server.backend.create({ resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease' }, { metadata: { name: 'rec-node' } })
  })

  after(async () => {
    agent?.destroy()
    await controllers?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  for (const [index, exchange] of recording.entries()) {
    it(`${index}: ${exchange.what}`, async () => {
      await prepare(exchange)
      const answer = await send(exchange)
      assert.equal(answer.status, exchange.response.status, JSON.stringify(answer.body))
      assert.equal(answer.contentType, exchange.response.contentType)
      learn(exchange.response.body, answer.body, pairs)
      const [ours, theirs] = [comparable(answer.body), comparable(exchange.response.body)]
      const exception = exceptions[exchange.what]
      if (exception) exception(theirs, ours)
      else assert.deepEqual(ours, theirs)
    })
  }

  async function prepare({ what }: Exchange): Promise<void> {
    if (what.startsWith('create pod')) {
      await waitUntil('the service account of the new namespace', async () => {
        const { items } = await server.backend.list({ resource: 'serviceaccounts', namespace: 'rec' })
        return items.length > 0
      })
    }
    // The recorded etcd was compacted now and then.
    if (what.includes('compacted')) server.compact()
  }

  async function send({ request: asked, response: expected }: Exchange): Promise<{ status: number; contentType: string; body: unknown }> {
    const ours = (text: string) =>
      [...pairs].reduce((changed, [from, to]) => changed.replaceAll(from.length > 10 ? from : `=${from}`, from.length > 10 ? to : `=${to}`), text)
    const body = asked.body === undefined ? undefined : ours(typeof asked.body === 'string' ? asked.body : JSON.stringify(asked.body))
    const streaming = asked.path.includes('watch=1')
    const headers = {
      ...(asked.accept && { accept: asked.accept }),
      ...(asked.contentType && { 'content-type': asked.contentType }),
      'content-length': Buffer.byteLength(body ?? ''),
    }
    const url = new URL(ours(asked.path), server.url)
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        { method: asked.method, agent: streaming ? undefined : agent, headers, ca: pki.authority.certPem, cert: pki.admin.certPem, key: pki.admin.keyPem },
        (response) => {
          let text = ''
          const finish = () => {
            const lines = text.split('\n').filter(Boolean)
            const parsed: unknown = streaming ? lines.map((line) => JSON.parse(line) as unknown) : JSON.parse(text)
            resolve({ status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', body: parsed })
          }
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk
            const events = text.split('\n').length - 1
            // A watch goes on for ever: it is over when as much came as was recorded, or the three things of a list of two pods.
            const enough = asked.path.includes('sendInitialEvents') ? 3 : expected.status === 200 && asked.accept ? 2 : (expected.body as unknown[]).length
            if (streaming && text.endsWith('\n') && events >= enough) {
              finish()
              response.destroy()
            }
          })
          response.on('end', finish)
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }
})
