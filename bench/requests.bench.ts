/** Requests a second that the embedded API server answers, in a process of its own: one client and sixteen, in JSON and in protobuf. Pods that nothing happens to but these requests. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { Agent } from 'undici'
import { encodeObject, protobufMediaType } from '../src/protobuf/kubernetes/envelope.ts'
import { type ApiServer, startApiServer } from './load/api-server.ts'
import { processUse } from './load/processes.ts'

const clients = [1, 16]
const rounds = 3
const pods = 600
/** Of all pods of a round. */
const lists = 60
const json = 'application/json'
const path = '/api/v1/namespaces/default/pods'

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'bench', part: 'web' }, annotations: { 'example.com/owner': 'somebody' } },
  spec: {
    // The scheduler leaves it alone.
    schedulingGates: [{ name: 'example.com/never' }],
    containers: [
      {
        name: 'app',
        image: 'registry.example.com/app:1.2.3',
        args: ['--port=8080', '--verbose'],
        env: [{ name: 'MODE', value: 'production' }],
        ports: [{ name: 'http', containerPort: 8080 }],
        resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
      },
    ],
  },
})

interface Verb {
  readonly name: string
  readonly requests: number
  readonly request: (index: number) => { method: 'GET' | 'POST' | 'PATCH' | 'DELETE'; path: string; type?: string; body?: string | Buffer }
}

/** In this order: each finds what the one before has left. */
function verbs(encoding: string): readonly Verb[] {
  const name = (index: number) => `pod-${index}`
  const written = (object: ReturnType<typeof pod>) => (encoding === json ? JSON.stringify(object) : encodeObject(object))
  const patch = JSON.stringify({ metadata: { labels: { patched: 'yes' } } })
  const applied = (index: number) => JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: name(index), labels: { applied: 'yes' } } })
  return [
    { name: 'create', requests: pods, request: (index) => ({ method: 'POST', path, type: encoding, body: written(pod(name(index))) }) },
    { name: 'get', requests: pods, request: (index) => ({ method: 'GET', path: `${path}/${name(index)}` }) },
    { name: `list of ${pods}`, requests: lists, request: () => ({ method: 'GET', path }) },
    {
      name: 'patch',
      requests: pods,
      request: (index) => ({ method: 'PATCH', path: `${path}/${name(index)}`, type: 'application/strategic-merge-patch+json', body: patch }),
    },
    {
      name: 'apply',
      requests: pods,
      request: (index) => ({
        method: 'PATCH',
        path: `${path}/${name(index)}?fieldManager=bench`,
        type: 'application/apply-patch+yaml',
        body: applied(index),
      }),
    },
    { name: 'delete', requests: pods, request: (index) => ({ method: 'DELETE', path: `${path}/${name(index)}` }) },
  ]
}

/** What the server has cost so far, in ms of a processor, however busy the machine is. */
const cpuMs = async ({ pid = 0 }: ApiServer) => (await processUse(pid)).cpuMs

/** Requests a second of one verb, `parallel` at once. Throws for one that is refused. */
async function measure(verb: Verb, encoding: string, parallel: number, agent: Agent, origin: string): Promise<number> {
  let next = 0
  const client = async () => {
    while (next < verb.requests) {
      const { method, path: to, type, body } = verb.request(next++)
      const headers = { accept: encoding, ...(type && { 'content-type': type }) }
      const answer = await agent.request({ origin, path: to, method, headers, body: body ?? null })
      if (answer.statusCode >= 300) throw new Error(`${method} ${to}: ${answer.statusCode} ${await answer.body.text()}`)
      await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER })
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: parallel }, client))
  return (verb.requests * 1000) / (performance.now() - began)
}

export async function run(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'podsteward-bench-'))
  try {
    await using server = await startApiServer(directory, [])
    const config = new KubeConfig()
    config.loadFromString(await readFile(server.kubeconfig, 'utf8'))
    const tls: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {}
    await config.applyToHTTPSOptions(tls)
    const agent = new Agent({ connect: { ca: tls.ca, cert: tls.cert, key: tls.key }, allowH2: false, pipelining: 1, connections: Math.max(...clients) })
    const origin = config.getCurrentCluster()?.server ?? ''
    for (const encoding of [json, protobufMediaType])
      for (const parallel of clients) {
        console.log(`  ${encoding}, ${parallel} at once: requests a second, the best of ${rounds} rounds; CPU of the server for one`)
        const best = new Map<string, number>()
        const cpu = new Map<string, number>()
        for (let round = 0; round <= rounds; round += 1)
          for (const verb of verbs(encoding)) {
            const before = await cpuMs(server)
            const perSecond = await measure(verb, encoding, parallel, agent, origin)
            // The first round warms the server and this client.
            if (round === 0) continue
            best.set(verb.name, Math.max(best.get(verb.name) ?? 0, perSecond))
            cpu.set(verb.name, (cpu.get(verb.name) ?? 0) + ((await cpuMs(server)) - before) / verb.requests / rounds)
          }
        for (const [name, perSecond] of best)
          console.log(`    ${name.padEnd(12)} ${perSecond.toFixed(0).padStart(6)} /s  ${(cpu.get(name) ?? 0).toFixed(2)} ms`)
      }
    await agent.destroy()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
