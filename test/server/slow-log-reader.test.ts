import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as requestInClear } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { startNodeServer } from '../../src/server/node-server.ts'
import { selfSignedCertificate } from '../../src/server/serving-certificate.ts'
import { waitUntil, waitUntilStill } from '../support/wait-until.ts'

const pod = { metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec: { containers: [{ name: 'c' }] } } as unknown as Pod
/** More than the kernel holds between two ends. */
const flood = 64 << 20

for (const way of ['over TLS', 'within this process'])
  test(`a followed log waits in the engine while its reader ${way} does not read, and ends when that goes`, async (t) => {
    let said = 0
    let ended = 0
    const engine = {
      podState: async () => ({ sandboxes: [], containers: [{ name: 'c', attempt: 0, state: 'running', id: 'id' }] }),
      async *logs() {
        try {
          for (; said < flood; said += 32 << 10) yield Buffer.alloc(32 << 10, 'l')
        } finally {
          ended += 1
        }
      },
    } as unknown as ContainerEngine
    const directory = await mkdtemp(join(tmpdir(), 'slow-log-'))
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
    const path = '/containerLogs/n/p/c?follow=true'
    const call =
      way === 'over TLS'
        ? request({ host: '127.0.0.1', port: server.port, path, rejectUnauthorized: false, agent: false })
        : requestInClear({ path, createConnection: () => server.connect({ name: 'member', groups: [] }) })
    call.on('error', () => {}).end()
    const [response] = await once(call, 'response')
    response.on('error', () => {})
    const held = await waitUntilStill('the log to be held up', () => said)
    assert.ok(held < flood / 2, `${held} bytes were taken`)
    response.socket.destroy()
    await waitUntil('the end of the log', () => ended === 1)
  })
