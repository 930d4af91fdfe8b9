/** An API server, or what stands before it, that answers the agent with anything: what it asks fails by itself, loops back off, and the pods whose answers are right go on. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { startAgent } from '../../../src/agent/agent.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { resolveAgentConfig } from '../../../src/config/resolve.ts'
import { startControlPlane } from '../../../src/controlplane/start.ts'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { KubeError } from '../../../src/kube/client.ts'
import { accessFromKubeconfigText } from '../../../src/kube/credentials.ts'
import { createKubeClient, type HttpKubeClient } from '../../../src/kube/http-client.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { reflect } from '../../../src/kube/reflector.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { bytes, cut, damaged, integer, oneIn, pick } from '../draw.ts'
import type { FuzzSession, FuzzTarget } from '../target.ts'

const node = 'fuzzed'
const podsPath = '/api/v1/namespaces/default/pods'
/** A round in so many lets the agent run a pod through it; the others ask by a client alone, which is quick. */
const agentRounds = 12
/** What the agent may ask in a second while nothing that it is answered is of use. */
const mostRequests = 150

/** The right answer with one value that is none. */
function wronglyTyped(random: Random, right: string): string {
  const values = [
    'null',
    '-1',
    '1e400',
    '"../../../etc"',
    '[]',
    '{}',
    '[null]',
    'true',
    '""',
    `"${'x'.repeat(3000)}"`,
    '"9999-99-99T99:99:99Z"',
    '18446744073709551616',
    `${'['.repeat(2000)}${']'.repeat(2000)}`,
  ]
  const at = integer(random, 0, 60)
  let seen = 0
  return right.replace(/:(?:"(?:[^"\\]|\\.)*"|-?\d+|true|false|null)/g, (value) => (seen++ === at ? `:${pick(random, values)}` : value))
}

const odd = [
  '',
  'null',
  '[]',
  '{}',
  '0',
  '"ok"',
  '[null]',
  '<html>log in</html>',
  '{"kind":"Status","status":"Failure"}',
  '{"kind":"Status","status":"Failure","code":"x","message":7}',
  '{"items":[null,5,[],{"metadata":null}]}',
  '{"items":{}}',
  '{"metadata":{"continue":"again"},"items":[{}]}',
  '{"__proto__":{"kind":"Pod"}}',
  '{"type":"ADDED","object":null}\n{"type":5}\n',
  '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1"}}}\n',
  '{"type":"ERROR","object":7}\n',
  '{"type":"DELETED","object":{"metadata":{}}}\n',
]
const retryAfter = ['-1', '0', '31536000', 'soon', 'Thu, 01 Jan 2099 00:00:00 GMT', '1e9', '']

/** Answers in the place of what is right. */
function hostile(random: Random, right: string, response: ServerResponse): void {
  const body = () =>
    pick(random, [right, wronglyTyped(random, right), right.slice(0, integer(random, 0, right.length)), damaged(random, Buffer.from(right)), pick(random, odd)])
  const type = { 'content-type': pick(random, ['application/json', 'text/html', 'application/vnd.kubernetes.protobuf']) }
  switch (integer(random, 0, 8)) {
    case 0:
      response.destroy()
      return
    case 1:
      response.writeHead(pick(random, [201, 204, 301, 302, 307, 401, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 504]), {
        ...type,
        'retry-after': pick(random, retryAfter),
        location: pick(random, ['/', '../x', 'http://127.0.0.1:1/']),
      })
      return void response.end(body())
    case 2:
      response.writeHead(200, { ...type, 'content-encoding': pick(random, ['gzip', 'br', 'x']) })
      return void response.end(bytes(random, 200))
    case 3:
      response.socket?.end(bytes(random, integer(random, 0, 300)))
      return
    case 4: {
      // In pieces, and cut off before its end.
      response.writeHead(200, type)
      for (const piece of cut(random, Buffer.from(right), 400).slice(0, -1)) response.write(piece)
      setTimeout(() => response.destroy(), integer(random, 0, 200)).unref()
      return
    }
    case 5:
      // Nothing, for a while.
      setTimeout(() => response.destroy(), integer(random, 100, 800)).unref()
      return
    default:
      response.writeHead(200, type)
      response.end(body())
  }
}

/** What stands between the agent and its API server: passes on, or answers itself. */
class Between implements AsyncDisposable {
  readonly #server = createServer((incoming, response) => void this.#answer(incoming, response).catch(() => response.destroy()))
  readonly #upstream: string
  readonly #dispatcher: Agent
  /** Absent: all is passed on. */
  random: Random | undefined
  asked = 0

  constructor(upstream: string, tls: object) {
    this.#upstream = upstream
    this.#dispatcher = new Agent({ connect: tls })
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What is open is of the time when answers were right. */
  cutAll(): void {
    this.#server.closeAllConnections()
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked += 1
    const { random } = this
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const { 'content-type': type = 'application/json' } = incoming.headers
    const stop = new AbortController()
    response.on('close', () => stop.abort())
    const answer = await request(`${this.#upstream}${incoming.url}`, {
      method: incoming.method as 'GET',
      dispatcher: this.#dispatcher,
      headers: { 'content-type': type },
      body: chunks.length > 0 ? Buffer.concat(chunks) : null,
      signal: stop.signal,
    })
    if (random && incoming.url?.includes('watch=1')) {
      answer.body.on('error', () => {}).destroy()
      return hostile(random, `{"type":"MODIFIED","object":${JSON.stringify(somePod)}}\n`, response)
    }
    if (random) return hostile(random, await answer.body.text(), response)
    response.writeHead(answer.statusCode, { 'content-type': 'application/json' })
    response.flushHeaders()
    for await (const chunk of answer.body) response.write(chunk)
    response.end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    await this.#dispatcher.destroy()
  }
}

const aPod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 1,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [{ name: 'c', image: 'app:1' }],
  },
})
const somePod = {
  ...aPod('some'),
  metadata: { name: 'some', namespace: 'default', uid: 'some-uid', resourceVersion: '17', creationTimestamp: '2026-01-01T00:00:00Z' },
}

class ApiAnswers implements FuzzSession {
  readonly #between: Between
  readonly #admin: HttpKubeClient
  readonly #close: () => Promise<void>
  #number = 0

  constructor(between: Between, admin: HttpKubeClient, close: () => Promise<void>) {
    this.#between = between
    this.#admin = admin
    this.#close = close
  }

  async round(random: Random): Promise<void> {
    this.#number += 1
    if (oneIn(random, agentRounds) || this.#number === 1) await this.#throughAgent(random)
    else await clientRound(random)
  }

  /** A pod is made while nothing that the agent is told is of use; when answers are right again it runs, and so does the one from before. */
  async #throughAgent(random: Random): Promise<void> {
    const between = this.#between
    const [before, meanwhile] = [`before-${this.#number}`, `meanwhile-${this.#number}`]
    await this.#admin.create(podsPath, aPod(before))
    await this.#runs(before)
    between.random = random
    const asked = between.asked
    between.cutAll()
    await this.#admin.create(podsPath, aPod(meanwhile))
    const forMs = integer(random, 300, 2000)
    await new Promise((resolve) => setTimeout(resolve, forMs))
    between.random = undefined
    between.cutAll()
    assert.ok(between.asked - asked < (mostRequests * (forMs + 1000)) / 1000, `${between.asked - asked} requests in ${forMs} ms`)
    for (const name of [before, meanwhile]) await this.#runs(name)
    for (const name of [before, meanwhile]) await this.#admin.delete(`${podsPath}/${name}`)
    await waitUntil('the pods to go', async () => (await this.#admin.list<Pod>(podsPath)).items.length === 0, { timeoutMs: 60_000 })
  }

  #runs(name: string): Promise<unknown> {
    const phase = async () => (await this.#admin.get<Pod>(`${podsPath}/${name}`)).status?.phase
    return waitUntil(`${name} to run`, async () => (await phase()) === 'Running', { timeoutMs: 60_000, seen: phase })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}

const rightAnswers = [
  JSON.stringify({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '17' },
    items: [somePod, { ...somePod, metadata: { ...somePod.metadata, name: 'other', uid: 'other-uid' } }],
  }),
  JSON.stringify({
    kind: 'Node',
    apiVersion: 'v1',
    metadata: { name: node, uid: 'u' },
    status: { conditions: [{ type: 'Ready', status: 'True' }], capacity: { cpu: '4' } },
  }),
  `${JSON.stringify({ type: 'ADDED', object: somePod })}\n${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Pod', metadata: { resourceVersion: '30' } } })}\n`,
]

/** Every call of a client ends in time, with an answer of the right type or with an error that callers know. */
async function clientRound(random: Random): Promise<void> {
  const server = createServer((_, response) => hostile(random, pick(random, rightAnswers), response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = createKubeClient({ server: url, qps: 0, burst: 1, userAgent: 'fuzz', log: silentLogger, clock: systemClock, timeoutMs: 1000 })
  const stopping = AbortSignal.timeout(1500)
  const known = (error: unknown) => assert.ok(error instanceof KubeError || stopping.aborted, `a caller is told ${String(error)}`)
  const pods = new Map<string, Pod>()
  try {
    await Promise.all([
      client.get(`/api/v1/nodes/${node}`, { signal: stopping }).then((object) => assert.equal(typeof object, 'object'), known),
      client.list(podsPath, { signal: stopping }).then(({ items }) => assert.ok(Array.isArray(items)), known),
      client
        .patch(`${podsPath}/some/status`, 'application/merge-patch+json', {}, { signal: stopping })
        .then((object) => assert.equal(typeof object, 'object'), known),
      client.delete(`${podsPath}/some`, {}, { signal: stopping }).catch(known),
      reflect<Pod>({
        client,
        path: podsPath,
        clock: systemClock,
        log: silentLogger,
        signal: AbortSignal.any([stopping, AbortSignal.timeout(integer(random, 50, 400))]),
        store: {
          sync: (items) => {
            for (const pod of items) pods.set(String(pod.metadata?.name), pod)
          },
          upsert: (pod) => void pods.set(String(pod.metadata?.name), pod),
          remove: (pod) => void pods.delete(String(pod.metadata?.name)),
        },
      }),
    ])
    for (const { spec } of pods.values()) for (const { name } of spec?.containers ?? []) assert.ok(name === undefined || typeof name === 'string')
  } finally {
    await client[Symbol.asyncDispose]()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

async function open(): Promise<ApiAnswers> {
  const root = await mkdtemp(join(tmpdir(), 'fuzz-api-'))
  const controlPlane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
  const between = new Between(controlPlane.url, await accessFromKubeconfigText(await controlPlane.nodeKubeconfig(node), systemClock).tls())
  const config = resolveAgentConfig({
    apiServers: await between.listen(),
    hostnameOverride: node,
    engine: 'simulated',
    ...{ rootDir: join(root, 'node'), podLogsDir: join(root, 'logs'), actorThreads: '0', healthzPort: '0', port: '0', cadvisorPort: '0' },
  })
  const admin = createKubeClient({ kubeconfig: controlPlane.adminKubeconfig, qps: 0, burst: 0, userAgent: 'fuzz', log: silentLogger, clock: systemClock })
  const account = () => admin.get('/api/v1/namespaces/default/serviceaccounts/default').catch(() => undefined)
  await waitUntil('the service account', async () => (await account()) !== undefined, { timeoutMs: 20_000 })
  const agent = await startAgent(config, { clock: systemClock, log: silentLogger })
  return new ApiAnswers(between, admin, async () => {
    await admin[Symbol.asyncDispose]()
    await agent[Symbol.asyncDispose]()
    await between[Symbol.asyncDispose]()
    await controlPlane[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  })
}

export const apiAnswers: FuzzTarget = { name: 'api-answers', roundCpuMs: 5000, open }
