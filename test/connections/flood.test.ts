import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { storedDefinitions } from '../../src/controlplane/apiserver/kinds/definitions.ts'
import { createControlPlane } from '../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../src/controlplane/apiserver/storage/memory-storage.ts'
import { issueServing, makeAuthority } from '../../src/controlplane/pki/authority.ts'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import { startNodeServer } from '../../src/server/node-server.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type FloodKind, floodKinds } from './floods.ts'

const member = { name: 'member', groups: ['system:authenticated'] }
const cleanup = new AsyncDisposableStack()
const ports = { 'the node’s server': 0, 'the API server': 0 }

before(async () => {
  const now = Date.now()
  const ca = await makeAuthority('ca', now)
  const { certPem, keyPem } = await issueServing(ca, 'server', [], ['127.0.0.1'], now)
  const directory = await mkdtemp(join(tmpdir(), 'flood-'))
  cleanup.defer(() => rm(directory, { recursive: true }))
  const node = await startNodeServer({
    address: '127.0.0.1',
    port: 0,
    certificate: { certificate: certPem, key: keyPem },
    clientCa: ca.certPem,
    authenticate: async ({ headers }) => (headers.authorization === 'Bearer member' ? member : undefined),
    authorize: async () => true,
    sources: { engine: {} as ContainerEngine, pods: () => [], healthy: () => true },
    clock: systemClock,
    log: silentLogger,
  })
  cleanup.use(node)
  const controlPlane = await createControlPlane({
    storage: new MemoryStorage(),
    definitions: storedDefinitions({}),
    authenticate: async ({ bearerToken }) => (bearerToken === 'member' ? member : { name: 'system:anonymous', groups: ['system:unauthenticated'] }),
    authorize: async ({ name }) => ({ allowed: name === 'member' }),
    tls: { cert: certPem, key: keyPem, ca: ca.certPem },
    listen: { host: '127.0.0.1', port: 0 },
    clock: systemClock,
    log: silentLogger,
  })
  cleanup.use(controlPlane)
  ports['the node’s server'] = node.port
  ports['the API server'] = controlPlane.port
})
after(() => cleanup.disposeAsync())

const descriptors = async () => (await readdir('/proc/self/fd')).length

/** From elsewhere, so that what this process holds is the server's alone. */
async function flooder(port: number, count: number, kind: FloodKind): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('flooder.ts', import.meta.url)), String(port), String(count), kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

function askAsMember(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', path, agent: false, rejectUnauthorized: false, headers: { authorization: 'Bearer member' } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    call.once('error', reject).end()
  })
}

/** So many of each kind at the same time; then nothing may be left, though the callers still hold their ends. */
async function flooded(port: number, count: number, kinds: readonly FloodKind[]): Promise<void> {
  assert.equal(await askAsMember(port, '/healthz'), 200)
  const [before, resident] = [await descriptors(), process.memoryUsage().rss]
  await using flooders = new AsyncDisposableStack()
  for (const each of await Promise.all(kinds.map((kind) => flooder(port, count, kind)))) flooders.use(each)
  assert.equal(await askAsMember(port, '/healthz'), 200, 'others are answered meanwhile')
  await waitUntil('nothing to be left', async () => (await descriptors()) <= before + kinds.length + 3, {
    timeoutMs: 20_000,
    seen: async () => `${before} descriptors before, ${await descriptors()} now`,
  })
  const grown = (process.memoryUsage().rss - resident) / 2 ** 20
  assert.ok(grown < 150, `${Math.round(grown)} MB more are resident`)
}

for (const server of ['the node’s server', 'the API server'] as const)
  describe(`${server} under callers without a credential`, () => {
    it('is left with nothing of 4,000 upgrades that were refused', () => flooded(ports[server], 4000, ['WebSocket upgrades, and bytes after them']))
    it('is left with nothing of whatever else they try', () => flooded(ports[server], 60, Object.keys(floodKinds) as FloodKind[]))
  })
