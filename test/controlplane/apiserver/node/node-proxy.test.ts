import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { issueServing, makeAuthority } from '../../../../src/controlplane/pki/authority.ts'
import { type RunningControlPlane, startControlPlane } from '../../../../src/controlplane/start.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { readYaml as parse } from '../../../../src/yaml/read-yaml.ts'
import { waitUntil } from '../../../support/wait-until.ts'

describe('what is proxied to a node', () => {
  let plane: RunningControlPlane
  let node: Server
  let agent: Agent
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  const open: IncomingMessage[] = []

  before(async () => {
    plane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
    // The node's certificate is by an authority of its own, as a kubelet's is.
    const serving = await issueServing(await makeAuthority('node-ca', Date.now()), 'fake', [], ['127.0.0.1'], Date.now())
    node = createServer({ cert: serving.certPem, key: serving.keyPem, ca: plane.caPem, requestCert: true, rejectUnauthorized: false }, (request, response) =>
      answer(request, response),
    )
    node.listen(0, '127.0.0.1')
    await once(node, 'listening')
    const user = (parse(plane.adminKubeconfig) as { users: [{ user: Record<'client-certificate-data' | 'client-key-data', string> }] }).users[0].user
    const pem = (key: keyof typeof user) => Buffer.from(user[key], 'base64').toString()
    agent = new Agent({ ca: plane.caPem, cert: pem('client-certificate-data'), key: pem('client-key-data') })
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: (node.address() as AddressInfo).port } },
    }
    await plane.backend.create({ resource: 'nodes' }, { metadata: { name: 'fake' } })
    await plane.backend.patch({ resource: 'nodes', name: 'fake' }, 'application/merge-patch+json', { status }, { subresource: 'status' })
    await plane.backend.create({ resource: 'nodes' }, { metadata: { name: 'mute' } })
    await makePod('one', 'fake', ['main'])
    await makePod('two', 'fake', ['a', 'b'])
    await makePod('annotated', 'fake', ['a', 'b'], { 'kubectl.kubernetes.io/default-container': 'b' })
    await makePod('nowhere', undefined, ['main'])
    await makePod('silent', 'mute', ['main'])
  })
  afterEach(() => {
    for (const response of open.splice(0)) response.destroy()
  })
  after(async () => {
    agent?.destroy()
    node?.close()
    node?.closeAllConnections()
    await plane?.[Symbol.asyncDispose]()
  })

  function makePod(name: string, nodeName: string | undefined, containers: string[], annotations?: Record<string, string>) {
    const spec = { ...(nodeName && { nodeName }), containers: containers.map((container) => ({ name: container, image: 'busybox' })) }
    return plane.backend.create({ resource: 'pods', namespace: 'default' }, { metadata: { name, annotations }, spec } as KubeObject)
  }

  async function ask(path: string, options: { method?: string; body?: string } = {}): Promise<IncomingMessage> {
    const asked = request(`${plane.url}${path}`, { agent, method: options.method ?? 'GET' })
    asked.end(options.body)
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    open.push(response)
    return response
  }

  async function read(response: IncomingMessage): Promise<string> {
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    return text
  }

  const log = (pod: string, query = '') => ask(`/api/v1/namespaces/default/pods/${pod}/log${query}`)

  for (const [protocol, read] of [
    ['binary.k8s.io', (data: Buffer) => data.toString()],
    ['base64.binary.k8s.io', (data: Buffer) => Buffer.from(data.toString(), 'base64').toString()],
  ] as const)
    it(`a log comes over a WebSocket by ${protocol} too`, async () => {
      answer = (_, response) => response.end('said\n')
      const socket = new WebSocket(`${plane.url.replace('https', 'wss')}/api/v1/namespaces/default/pods/one/log`, [protocol], { agent })
      const said: string[] = []
      socket.on('message', (data: Buffer) => said.push(read(data)))
      await once(socket, 'close')
      assert.deepEqual([socket.protocol, said.join('')], [protocol, 'said\n'])
    })

  it('a log is asked of the node, with its options and as the API server', async () => {
    let seen: unknown
    answer = (request, response) => {
      const { CN, O } = (request.socket as TLSSocket).getPeerCertificate().subject
      seen = { url: request.url, CN, O, authorized: (request.socket as TLSSocket).authorized }
      response.end('said\n')
    }
    const response = await log('one', '?tailLines=5&timestamps=true&bogus=1&container=main')
    assert.equal(response.statusCode, 200)
    assert.equal(response.headers['content-type'], 'text/plain')
    assert.equal(await read(response), 'said\n')
    const url = '/containerLogs/default/one/main?timestamps=true&tailLines=5'
    assert.deepEqual(seen, { url, CN: 'kube-apiserver-kubelet-client', O: 'system:masters', authorized: true })
  })

  it('the container is the only one or the annotated one; else the choice is named', async () => {
    answer = (request, response) => response.end(request.url)
    assert.equal(await read(await log('one')), '/containerLogs/default/one/main')
    assert.equal(await read(await log('annotated')), '/containerLogs/default/annotated/b')
    const several = await log('two')
    assert.equal(several.statusCode, 400)
    assert.equal(JSON.parse(await read(several)).message, 'a container name must be specified for pod two, choose one of: [a b]')
    assert.equal(JSON.parse(await read(await log('two', '?container=c'))).message, 'container c is not valid for pod two')
  })

  it('a followed log comes as it is written, and the client hanging up ends it at the node', async () => {
    let hungUp = false
    answer = (_, response) => {
      response.write('first\n')
      response.once('close', () => {
        hungUp = true
      })
    }
    const response = await log('one', '?follow=true')
    const [chunk] = await once(response, 'data')
    assert.equal(String(chunk), 'first\n')
    response.destroy()
    await waitUntil('the node to see it', () => hungUp)
  })

  it('a client that does not read stops the node from writing', async () => {
    let written = 0
    let full = false
    const block = Buffer.alloc(256 * 1024)
    answer = (_, response) => {
      const write = () => {
        written += block.length
        // What is never drained is never written further.
        if (response.write(block)) setImmediate(write)
        else {
          full = true
          response.once('drain', () => {
            full = false
            write()
          })
        }
      }
      write()
    }
    const response = await log('one', '?follow=true')
    response.pause()
    let before = -1
    await waitUntil('the node to be held up', () => {
      const stands = full && before === written
      before = written
      return stands
    })
    assert.ok(written < 64 * 1024 * 1024, `${written} bytes were taken`)
  })

  it("a node's refusal is a Status; no node is no content; no address says what is missing", async () => {
    answer = (_, response) => response.writeHead(400).end('container "main" in pod "one" is waiting to start: ContainerCreating\n')
    const waiting = await log('one')
    assert.equal(waiting.statusCode, 400)
    assert.equal(JSON.parse(await read(waiting)).message, 'container "main" in pod "one" is waiting to start: ContainerCreating')
    assert.equal((await log('nowhere')).statusCode, 204)
    const silent = await log('silent')
    assert.equal(silent.statusCode, 503)
    assert.match(JSON.parse(await read(silent)).message, /node "mute" has neither an InternalIP nor a Hostname/)
    assert.equal((await log('none')).statusCode, 404)
    answer = (request) => void request.socket.destroy()
    assert.equal((await log('one')).statusCode, 500)
  })

  it('a path of the node is proxied with method, query and body, but without who asked', async () => {
    answer = async (request, response) => {
      const seen = { method: request.method, url: request.url, authorization: request.headers.authorization, body: await read(request) }
      response.writeHead(418, { 'x-node': 'yes' }).end(JSON.stringify(seen))
    }
    const response = await ask('/api/v1/nodes/fake/proxy/some%20path/?a=b', { method: 'POST', body: 'hello' })
    assert.equal(response.statusCode, 418)
    assert.equal(response.headers['x-node'], 'yes')
    assert.deepEqual(JSON.parse(await read(response)), { method: 'POST', url: '/some%20path/?a=b', body: 'hello' })
    const other = await ask('/api/v1/nodes/fake:22/proxy/')
    assert.equal(other.statusCode, 400)
  })

  it('exec without an upgrade is refused as such', async () => {
    const response = await ask('/api/v1/namespaces/default/pods/one/exec?command=id', { method: 'POST' })
    assert.equal(response.statusCode, 400)
    assert.match(JSON.parse(await read(response)).message, /Upgrade request required/)
  })
})
