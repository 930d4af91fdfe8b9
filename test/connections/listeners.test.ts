import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { startNodeServer } from '../../src/server/node-server.ts'
import { selfSignedCertificate } from '../../src/server/serving-certificate.ts'

const pod = { metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec: { containers: [{ name: 'c' }] } } as unknown as Pod

test('a log of a thousand pieces, and one after another over one connection, leave no listeners that Node warns of', async (t) => {
  const warnings: string[] = []
  const warned = (warning: Error) => void warnings.push(warning.message)
  process.on('warning', warned)
  t.after(() => process.off('warning', warned))
  const engine = {
    podState: async () => ({ sandboxes: [], containers: [{ name: 'c', attempt: 0, state: 'running', id: 'id' }] }),
    async *logs() {
      for (let piece = 0; piece < 1000; piece += 1) yield Buffer.alloc(2048, 'l')
    },
  } as unknown as ContainerEngine
  const directory = await mkdtemp(join(tmpdir(), 'listeners-'))
  t.after(() => rm(directory, { recursive: true }))
  await using server = await startNodeServer({
    address: '127.0.0.1',
    port: 0,
    certificate: await selfSignedCertificate(directory, ['n1'], Date.now()),
    authenticate: async () => ({ name: 'member', groups: [] }),
    authorize: async () => true,
    sources: { engine, pods: () => [pod], healthy: () => true },
    clock: systemClock,
    log: silentLogger,
  })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  for (let call = 0; call < 15; call += 1) {
    const asked = request({ host: '127.0.0.1', port: server.port, path: '/containerLogs/n/p/c', rejectUnauthorized: false, agent }).end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    assert.equal((await text(response)).length, 2_048_000)
  }
  assert.deepEqual(warnings, [])
})

test('a test that lets listeners pile up fails', async () => {
  const leak = "const emitter = new (require('node:events'))(); for (let n = 0; n < 11; n += 1) emitter.on('close', () => {})"
  const guarded = (guard: readonly string[]) => once(spawn(process.execPath, [...guard, '-e', leak], { stdio: 'ignore' }), 'exit')
  assert.deepEqual(await guarded([]), [0, null])
  assert.deepEqual(await guarded(['--import', join(import.meta.dirname, '../support/fail-on-leaks.ts')]), [1, null])
})
