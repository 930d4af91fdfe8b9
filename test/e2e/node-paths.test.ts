import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { readYaml as parse } from '../../src/yaml/read-yaml.ts'
import { freePort } from '../support/free-port.ts'
import { LiveNode } from '../support/live-node.ts'
import { waitUntil } from '../support/wait-until.ts'

const proxy = '/api/v1/nodes/e2e-node/proxy'
let node: LiveNode
let readOnlyPort = 0

before(async () => {
  readOnlyPort = await freePort()
  node = await LiveNode.start('--read-only-port', String(readOnlyPort))
  await node.ready('p', {})
})
after(() => node[Symbol.asyncDispose]())

const post = (path: string, body = '') => node.kubectl.run(['create', '--raw', `${proxy}${path}`, '-f', '-'], { stdin: body })

test('run, logs, checkpoint and the log level answer through the API server', async () => {
  const ran = await post('/run/default/p/c?cmd=echo%20hello')
  assert.deepEqual([ran.code, ran.stdout.trim()], [0, 'hello'], ran.stderr)
  assert.match((await post('/run/default/p/c?cmd=cat%20/absent')).stderr, /exited with 1: cat: can't open '\/absent'/)
  const pod = await node.pod('p')
  await writeFile(join(node.state, 'node/logs/agent.log'), 'a line of the agent\n')
  const list = await node.kubectl.ok(['get', '--raw', `${proxy}/logs/`])
  assert.match(list, new RegExp(`<a href="default_p_${pod.metadata?.uid}/">`))
  assert.equal(await node.kubectl.ok(['get', '--raw', `${proxy}/logs/agent.log`]), 'a line of the agent\n')
  // This engine is not experimental.
  assert.match(
    (await post('/checkpoint/default/p/c')).stderr,
    /checkpointing of default\/p\/c failed \(the Docker Engine at .* makes no checkpoints: start dockerd with --experimental/,
  )
  const before = node.podsteward.output.length
  const level = await node.kubectl.run(['replace', '--raw', `${proxy}/debug/flags/v`, '-f', '-'], { stdin: '4' })
  assert.equal(level.stdout.trim(), 'successfully set klog.logging.verbosity to 4', level.stderr)
  await node.kubectl.ok(['get', '--raw', `${proxy}/healthz`])
  const since = () => node.podsteward.output.slice(before)
  await waitUntil('a line for debugging', () => /"level":20.*"path":"\/healthz","status":200/.test(since()), { seen: since })
})

test('the read-only port serves the state to all, and no way into a container', async () => {
  const get = (path: string) => fetch(`http://127.0.0.1:${readOnlyPort}${path}`)
  const { items } = (await (await get('/pods')).json()) as { items: { metadata: { name: string } }[] }
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['p'],
  )
  assert.match(await (await get('/metrics')).text(), /^kubelet_running_pods 1$/m)
  assert.equal((await get('/containerLogs/default/p/c')).status, 404)
})

test('exec goes through the proxy of the node too, over a WebSocket', async () => {
  const config = parse(await readFile(join(node.state, 'kubeconfig'), 'utf8')) as {
    users: [{ user: Record<'client-certificate-data' | 'client-key-data', string> }]
    clusters: [{ cluster: Record<'server' | 'certificate-authority-data', string> }]
  }
  const user = config.users[0].user
  const pem = (value: string) => Buffer.from(value, 'base64').toString()
  const url = `${config.clusters[0].cluster.server.replace('https', 'wss')}${proxy}/exec/default/p/c?command=echo&command=through&output=1`
  const tls = {
    ca: pem(config.clusters[0].cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  }
  const socket = new WebSocket(url, 'v4.channel.k8s.io', tls)
  const said: Record<number, string> = {}
  socket.on('message', (data: Buffer) => {
    said[data[0] ?? 0] = (said[data[0] ?? 0] ?? '') + data.toString('utf8', 1)
  })
  await new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))
  assert.equal(said[1], 'through\n')
  assert.match(said[3] ?? '', /"status":"Success"/)
})
