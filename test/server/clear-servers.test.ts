import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { ContainerEngine } from '../../src/engine/engine.ts'
import { type NodeServer, startHealthServer, startReadOnlyServer } from '../../src/server/node-server.ts'
import { PageLab } from '../cadvisor/fixture.ts'
import { heardOn, saying } from '../connections/clients.ts'
import { waitUntil } from '../support/wait-until.ts'

const sources = { engine: {} as ContainerEngine, pods: () => [], healthy: () => true }
const servers: readonly (readonly [string, number, () => Promise<AsyncDisposable & { readonly port: number }>])[] = [
  ['the health server', 64, () => startHealthServer('127.0.0.1', 0, () => true)],
  ['the read-only server', 64, (): Promise<NodeServer> => startReadOnlyServer('127.0.0.1', 0, { sources, clock: systemClock, log: silentLogger })],
  [
    'the page’s server',
    256,
    async () => {
      const lab = await PageLab.start()
      return { port: lab.server?.port ?? 0, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() }
    },
  ],
]

/** Counts those that the server has closed; `resume` lets them see it. */
async function idle(port: number, count: number, text: string): Promise<{ readonly sockets: Socket[]; open(): number }> {
  const sockets = await Promise.all(Array.from({ length: count }, () => saying(port, text)))
  for (const socket of sockets) socket.resume()
  return { sockets, open: () => sockets.filter(({ closed, readableEnded }) => !closed && !readableEnded).length }
}

for (const [what, most, start] of servers)
  test(`${what} answers a health check while ${most + 100} connections stay open, and keeps no more of those than ${most}`, async () => {
    await using server = await start()
    for (const text of ['', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', 'GET /healthz HTTP/1.1\r\nX: ']) {
      const { sockets, open } = await idle(server.port, most + 100, text)
      const check = await saying(server.port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      assert.match(await heardOn(check), /^HTTP\/1\.1 200 OK\r\n/)
      await waitUntil('the bound', () => open() <= most, { seen: open })
      for (const socket of sockets) socket.destroy()
    }
  })
