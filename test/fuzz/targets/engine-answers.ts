/** A Docker daemon that answers the agent with anything: what it asks fails by itself, and the pods whose answers are right go on. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { startAgent } from '../../../src/agent/agent.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { silentLogger } from '../../../src/base/log.ts'
import { writeFile } from '../../../src/cli/controlplane.ts'
import { resolveAgentConfig } from '../../../src/config/resolve.ts'
import { startControlPlane } from '../../../src/controlplane/start.ts'
import { createDockerEngine } from '../../../src/engine/docker/docker-engine.ts'
import { type ContainerEngine, type ContainerId, EngineError, type SandboxId } from '../../../src/engine/engine.ts'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { createKubeClient } from '../../../src/kube/http-client.ts'
import { podUid } from '../../../src/kube/ids.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { DockerModel } from '../../support/docker-model.ts'
import { type Asked, aContainerId, FakeDocker } from '../../support/fake-docker.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { bytes, cut, damaged, integer, oneIn, pick, times } from '../draw.ts'
import type { FuzzSession, FuzzTarget } from '../target.ts'

const node = 'fuzzed'
const podsPath = '/api/v1/namespaces/default/pods'
/** A round in so many lets the agent run pods; the others ask the engine's client alone, which is quick. */
const podRounds = 8
/** No call of a client may take longer, whatever it is answered. Those that are to hang are cut off by then. */
const callLimitMs = 20_000
const stream = { stdin: false, stdout: true, stderr: true, tty: false }

const plain = (body: string | Buffer, status = 200, head = ''): Buffer =>
  Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${head}\r\n`), Buffer.from(body)])

const odd = ['null', '[]', '{}', '""', '0', '-1', '1e400', 'true', '[null]', '{"Id":null}', '{"message":{}}', '<html></html>', '{"__proto__":{"Id":"x"}}']

/** The right answer with one value that is none. */
function wronglyTyped(random: Random, right: Buffer): string {
  const values = ['null', '-1', '1e308', '"../../../etc"', '[]', '{}', 'true', `"${'x'.repeat(5000)}"`, '"9999-99-99T99:99:99Z"', '18446744073709551616']
  let seen = 0
  const at = integer(random, 0, 20)
  return right.toString().replace(/:(?:"(?:[^"\\]|\\.)*"|-?\d+|true|false|null)/g, (value) => (seen++ === at ? `:${pick(random, values)}` : value))
}

/** An answer in the place of the right one; undefined: none at all, for a while. */
function hostile(random: Random, right: Buffer): Buffer | undefined {
  switch (integer(random, 0, 11)) {
    case 0:
      return plain(pick(random, odd))
    case 1:
      return plain(damaged(random, right))
    case 2:
      return plain(right.subarray(0, integer(random, 0, right.length)))
    case 3:
      return plain(wronglyTyped(random, right))
    case 4:
      return plain(right, pick(random, [100, 201, 204, 302, 304, 400, 404, 409, 418, 500, 503]), oneIn(random, 2) ? 'Location: ../x\r\n' : '')
    case 5:
      return bytes(random, integer(random, 0, 300))
    case 6:
      return damaged(random, plain(right))
    case 7:
      return Buffer.from(`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(integer(random, 1, 4000))}\r\n`)
    case 8:
      return Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${integer(random, 0, 9)};${'x'.repeat(integer(random, 0, 40_000))}\r\n`)
    case 9:
      return Buffer.from('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n\u0003\u0000\u0000\u0000\u00ff\u00ff\u00ff\u00ff')
    case 10:
      return Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n'), bytes(random, integer(random, 0, 2000))])
    default:
      return undefined
  }
}

class EngineAnswers implements FuzzSession {
  readonly #daemon: FakeDocker
  readonly #model: DockerModel
  readonly #client: ReturnType<typeof createKubeClient>
  readonly #close: () => Promise<void>
  readonly #engine: ContainerEngine
  #rounds = 0

  constructor(parts: { daemon: FakeDocker; model: DockerModel; client: ReturnType<typeof createKubeClient>; close: () => Promise<void> }) {
    this.#daemon = parts.daemon
    this.#model = parts.model
    this.#client = parts.client
    this.#close = parts.close
    this.#engine = createDockerEngine({ endpoint: parts.daemon.endpoint, clock: systemClock, log: silentLogger })
  }

  async round(random: Random): Promise<void> {
    this.#rounds += 1
    if (this.#rounds % podRounds === 1) await this.#pods(random)
    else await this.#calls(random)
  }

  /** Each verb of a client of its own; what it gives or throws has a type. */
  async #calls(random: Random): Promise<void> {
    const id = aContainerId(integer(random, 0, 3)) as ContainerId
    const mine = `x${integer(random, 0, 1e9)}`
    // The agent, which has no pod just now, is answered alike.
    this.#tamper(random, () => !oneIn(random, 4))
    const reading = async () => {
      for await (const _ of this.#engine.logs(id, { limitBytes: 1000 }));
    }
    const session = async (open: Promise<Awaited<ReturnType<ContainerEngine['attach']>>>) => {
      const opened = await open
      opened.stdout.on('error', () => {}).resume()
      opened.stderr?.on('error', () => {}).resume()
      await Promise.race([opened.exit.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 200))])
      await opened.close()
    }
    const known = { state: { sandboxes: [], containers: [] }, changed: new Set([id as string]) }
    const verbs: (() => Promise<unknown>)[] = [
      () => this.#engine.info(),
      () => this.#engine.status(),
      () => this.#engine.listPods(),
      () => this.#engine.podState(podUid('u')),
      () => this.#engine.podState(podUid('u'), known),
      () => this.#engine.startContainer(id),
      () => this.#engine.exec(id, ['x'], { timeoutMs: 500 }),
      () => session(this.#engine.execStream(id, ['x'], stream)),
      () => session(this.#engine.attach(id, stream)),
      () => this.#engine.imageState(`app:${mine}`),
      () => this.#engine.listImages(),
      () => this.#engine.imagesInUse(),
      () => this.#engine.pullImage('app:1', undefined, AbortSignal.timeout(500)),
      () => this.#engine.removeContainer('nobody' as ContainerId),
      () => this.#engine.removeSandbox('nobody' as SandboxId),
      () => this.#engine.updateResources(id, { cpuShares: 5 }),
      reading,
    ]
    const asked = times(6, () => pick(random, verbs)())
    // Those that are answered nothing end with their connections.
    const hung = setTimeout(() => this.#daemon.cut(), 400)
    const limit = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('a call of the engine has not ended')), callLimitMs).unref())
    try {
      for (const end of await Promise.race([Promise.allSettled(asked), limit]))
        if (end.status === 'rejected' && !(end.reason instanceof EngineError) && end.reason?.name !== 'TimeoutError') throw end.reason
    } finally {
      clearTimeout(hung)
      this.#daemon.tamper = undefined
    }
  }

  /** A pod whose every answer is hostile beside one whose answers are right: that one runs, once, and ends. */
  async #pods(random: Random): Promise<void> {
    const [victim, other] = ['victim', 'other'].map((name) => `${name}-${integer(random, 0, 1e9)}`) as [string, string]
    const isVictims = ({ path, query, body }: Asked) => {
      const name = /\/containers\/([^/]+)/.exec(path)?.[1] ?? ''
      const container = this.#model.containers.get(name)
      return [query.get('name') ?? '', body, name, container?.name ?? ''].some((text) => text.includes(victim))
    }
    this.#tamper(random, (asked) => isVictims(asked) && !oneIn(random, 3))
    if (oneIn(random, 2)) this.#model.say(pick(random, [bytes(random, 500), Buffer.from('null\n{"Action":\n'), Buffer.from('{"Action":"die"}\n')]))
    if (oneIn(random, 4)) this.#daemon.cut()
    for (const name of [victim, other]) await this.#client.create(podsPath, aPod(name))
    const phase = async (name: string) => (await this.#client.get<Pod>(`${podsPath}/${name}`)).status?.phase
    await waitUntil(`${other} to run`, async () => (await phase(other)) === 'Running', { timeoutMs: 30_000 })
    const starts = [...this.#model.containers.values()].filter(({ name }) => name.includes(other)).map(({ starts }) => starts)
    assert.deepEqual(starts, [1, 1], 'what went well was done once')
    this.#daemon.tamper = undefined
    for (const name of [victim, other]) await this.#client.delete(`${podsPath}/${name}`, { gracePeriodSeconds: 1 })
    const left = () => [...this.#model.containers.values()].filter(({ name }) => name.includes(victim) || name.includes(other)).map(({ name }) => name)
    await waitUntil('both pods to go', () => left().length === 0, { timeoutMs: 45_000, seen: left })
  }

  #tamper(random: Random, wanted: (asked: Asked) => boolean): void {
    this.#daemon.tamper = (asked, right, socket) => {
      if (!wanted(asked)) return false
      const answer = hostile(random, right)
      if (answer === undefined) {
        setTimeout(() => socket.destroy(), integer(random, 0, 1500)).unref()
        return true
      }
      if (oneIn(random, 3)) slowly(random, answer, socket)
      else if (oneIn(random, 2)) socket.end(answer)
      else socket.write(answer, () => setTimeout(() => socket.destroy(), 300).unref())
      return true
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]()
    await this.#close()
  }
}

function slowly(random: Random, answer: Buffer, socket: Duplex): void {
  const pieces = cut(random, answer, Math.max(1, Math.ceil(answer.length / 5)))
  const next = () => {
    const piece = pieces.shift()
    if (piece === undefined || socket.destroyed) return void socket.end()
    socket.write(piece)
    setTimeout(next, 5).unref()
  }
  next()
}

const aPod = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { nodeName: node, terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [{ name: 'c', image: 'app:1' }] },
})

async function open(): Promise<EngineAnswers> {
  const root = await mkdtemp(join(tmpdir(), 'fuzz-engine-'))
  const daemon = await FakeDocker.open()
  const model = new DockerModel(daemon)
  const controlPlane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
  const config = resolveAgentConfig({
    kubeconfig: writeFile(root, 'node.kubeconfig', await controlPlane.nodeKubeconfig(node)),
    hostnameOverride: node,
    ...{ rootDir: join(root, 'node'), podLogsDir: join(root, 'logs'), dockerEndpoint: daemon.endpoint, podInfraContainerImage: 'app:1' },
    ...{ actorThreads: '0', healthzPort: '0', port: '0', cadvisorPort: '0' },
  })
  const agent = await startAgent(config, { clock: systemClock, log: silentLogger })
  const kubeconfigPath = writeFile(root, 'admin', controlPlane.adminKubeconfig)
  const client = createKubeClient({ kubeconfigPath, qps: 0, burst: 0, userAgent: 'fuzz', log: silentLogger, clock: systemClock })
  await waitUntil('the node', async () => (await client.get('/api/v1/namespaces/default/serviceaccounts/default').catch(() => undefined)) !== undefined, {
    timeoutMs: 20_000,
  })
  const close = async () => {
    await client[Symbol.asyncDispose]()
    await agent[Symbol.asyncDispose]()
    await controlPlane[Symbol.asyncDispose]()
    await daemon[Symbol.asyncDispose]()
    await rm(root, { recursive: true, force: true })
  }
  return new EngineAnswers({ daemon, model, client, close })
}

export const engineAnswers: FuzzTarget = { name: 'engine-answers', roundCpuMs: 5000, open }
