import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { KubeError } from '../../../kube/client.ts'
import type { Node, Pod } from '../../../kube/objects.ts'
import { cleanPath, encodedPath } from '../../../requests/request-target.ts'
import { flag, type ResourceRequest, type UpgradedConnection } from '../http/request.ts'
import type { NodeProxy } from '../http/router.ts'
import { asksForWebSocket, openWebSocket } from '../http/web-socket.ts'
import type { ApiBackend } from '../rest/backend.ts'
import { badRequest, genericAnswer, internal, methodNotAllowed, notImplemented, unavailable } from '../rest/status-errors.ts'
import { logContainer } from './log-container.ts'
import type { NodeCaller } from './node-caller.ts'
import { tunnel, type UpgradeAnswer, upgradeHeaders } from './tunnel.ts'

// What `PodLogOptions` hands on to the node; `container` is in the path.
const logParameters = ['follow', 'previous', 'timestamps', 'sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes', 'stream']
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']
/** Who asks was settled here; to the node it is the API server that asks. */
const ours = ['host', 'authorization', 'impersonate-user', 'impersonate-group', 'impersonate-uid']
/** More of a node's refusal is not read. */
const refusalLimit = 16 * 1024

/** Serves pods' logs and `nodes/{name}/proxy` from the nodes themselves. */
export function nodeProxy(caller: NodeCaller): NodeProxy {
  return async (asked, backend) => {
    const { resource, subresource } = asked.path
    if (resource === 'pods' && subresource === 'log') return serveLog(caller, asked, backend)
    if (resource === 'nodes' && subresource === 'proxy') return serveNode(caller, asked, backend)
    if (resource === 'pods' && (subresource === 'exec' || subresource === 'attach' || subresource === 'portforward')) return serveStream(caller, asked, backend)
    throw notImplemented(`${resource}/${subresource} is not served by this control plane yet`)
  }
}

/** The protocols of a log over a WebSocket (apiserver's wsstream): bytes, unless base64 is asked for. */
const logForms = { '': 'binary', 'binary.k8s.io': 'binary', 'base64.binary.k8s.io': 'base64' } as const

async function serveLog(caller: NodeCaller, { request, response, path, query, upgrade }: ResourceRequest, backend: ApiBackend): Promise<void> {
  if (request.method !== 'GET') throw methodNotAllowed()
  const { namespace, name } = path
  const pod = (await backend.get({ resource: 'pods', namespace, name })) as Pod
  const container = logContainer(pod, query.get('container') ?? '')
  const nodeName = pod.spec?.nodeName
  // A pod that has no node yet has said nothing.
  if (!nodeName) return void response.writeHead(204).end()
  const node = (await backend.get({ resource: 'nodes', name: nodeName })) as Node
  const passed = new URLSearchParams(logParameters.flatMap((key) => query.getAll(key).map((value): [string, string] => [key, value])))
  const target = `/containerLogs/${[namespace, name, container].map(encodeURIComponent).join('/')}${passed.size > 0 ? `?${passed}` : ''}`
  const answer = await reached(caller.call({ node, method: 'GET', path: target, response }), (message) => internal(`Get log: ${message}`))
  const status = answer.statusCode ?? 500
  if (status < 200 || status > 206) throw refusal(status, await textOf(answer), name)
  if (upgrade && asksForWebSocket(request)) return void (await pipeline(answer, await openWebSocket(request, upgrade, logForms)).catch(() => {}))
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' })
  await streamed(answer, response)
}

/** exec, attach and port-forward: the pod's node is asked to upgrade, and from then on bytes are handed on. */
async function serveStream(caller: NodeCaller, { request, response, path, query, upgrade }: ResourceRequest, backend: ApiBackend): Promise<void> {
  const { namespace, name, subresource } = path
  if (request.method !== 'GET' && request.method !== 'POST') throw methodNotAllowed()
  const pod = (await backend.get({ resource: 'pods', namespace, name })) as Pod
  const nodeName = pod.spec?.nodeName
  if (!nodeName) throw badRequest(`pod ${name} does not have a host assigned`)
  if (!upgrade) throw badRequest('Upgrade request required')
  const node = (await backend.get({ resource: 'nodes', name: nodeName })) as Node
  const target = subresource === 'portforward' ? portForwardTarget(namespace, name, query) : commandTarget(subresource, pod, query)
  const call = caller.upgrade({ node, method: request.method, path: target, headers: upgradeHeaders(request), response })
  await joined(upgrade, response, await reached(call, (message) => internal(`error dialing backend: ${message}`)))
}

/** The client's connection with the node's, once it agreed; its refusal is handed on in its own words, as a kube-apiserver does. */
async function joined(client: UpgradedConnection, response: ServerResponse, answer: UpgradeAnswer): Promise<void> {
  if (answer.agreed) return tunnel(client, answer)
  response.writeHead(answer.answer.statusCode ?? 500, without(answer.answer.headers, hopByHop)).end(await textOf(answer.answer))
}

/** The node's names for what a client asks of exec and attach. */
function commandTarget(subresource: string, pod: Pod, query: URLSearchParams): string {
  const container = logContainer(pod, query.get('container') ?? '')
  const names = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' }
  const passed = new URLSearchParams(query.getAll('command').map((word): [string, string] => ['command', word]))
  for (const [asked, name] of Object.entries(names)) if (flag(query, asked)) passed.set(name, '1')
  const { namespace = '', name = '' } = pod.metadata ?? {}
  return `/${subresource}/${[namespace, name, container].map(encodeURIComponent).join('/')}?${passed}`
}

function portForwardTarget(namespace: string, name: string, query: URLSearchParams): string {
  const ports = new URLSearchParams(query.getAll('ports').map((port): [string, string] => ['port', port]))
  return `/portForward/${[namespace, name].map(encodeURIComponent).join('/')}${ports.size > 0 ? `?${ports}` : ''}`
}

async function serveNode(caller: NodeCaller, { request, response, path, rawQuery, upgrade }: ResourceRequest, backend: ApiBackend): Promise<void> {
  const asked = /^(?:https:)?([^:]+)(?::(\d*))?$/.exec(path.name)
  if (!asked) throw badRequest(`invalid node request ${JSON.stringify(path.name)}`)
  const node = (await backend.get({ resource: 'nodes', name: asked[1] ?? '' })) as Node
  const kubeletPort = node.status?.daemonEndpoints?.kubeletEndpoint?.Port
  // The certificate we show proves us to the agent alone, so to no other port of the node.
  if (asked[2] && Number(asked[2]) !== kubeletPort) throw badRequest(`node ${asked[1]}: only its agent's port ${kubeletPort} is proxied`)
  const target = encodedPath(cleanPath(`/${path.rest}`)) + (rawQuery && `?${rawQuery}`)
  if (upgrade) {
    const call = caller.upgrade({ node, method: request.method ?? 'GET', path: target, headers: upgradeHeaders(request), response })
    return joined(upgrade, response, await reached(call, (message) => unavailable(`error trying to reach service: ${message}`)))
  }
  const headers = without(request.headers, [...hopByHop, ...ours])
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  const call = caller.call({ node, method: request.method ?? 'GET', path: target, headers, response, ...(hasBody && { body: request }) })
  const answer = await reached(call, (message) => unavailable(`error trying to reach service: ${message}`))
  response.writeHead(answer.statusCode ?? 502, without(answer.headers, hopByHop))
  await streamed(answer, response)
}

async function reached<T>(call: Promise<T>, failure: (message: string) => KubeError): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw error instanceof KubeError ? error : failure(error instanceof Error ? error.message : String(error))
  }
}

/** Hands the node's answer on no faster than the client reads. Either side's hanging up ends the other; the status is out, so nothing can be said of it. */
async function streamed(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  // A followed log that is still empty must not look like a server that does not answer.
  response.flushHeaders()
  await pipeline(answer, response).catch(() => {})
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= refusalLimit) break
  }
  return Buffer.concat(chunks).toString('utf8', 0, refusalLimit)
}

/** A node's refusal in the words of a kube-apiserver. */
function refusal(status: number, text: string, name: string): KubeError {
  if (status === 400) return badRequest(text.trim())
  return status === 500 ? internal(text.trim()) : genericAnswer(status, text.trim(), { group: '', resource: 'pods/log', kind: 'Pod' }, name)
}

const without = (headers: IncomingHttpHeaders, dropped: readonly string[]): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.includes(name) && !name.startsWith('impersonate-extra-')))
