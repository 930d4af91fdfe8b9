import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { sendPieces } from '../connections/send-pieces.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import { listText } from '../json/list-text.ts'
import type { Pod } from '../kube/objects.ts'
import type { HostPathVolumes } from '../volumes/host-path-volumes.ts'
import { serveCheckpoint } from './checkpoint.ts'
import { serveContainerLogs } from './container-logs.ts'
import { serveVerbosity } from './debug-flags.ts'
import { healthChecks, healthzAnswer } from './healthz.ts'
import { serveHostPathVolumes } from './host-path-volumes.ts'
import { serveNodeLogs } from './node-logs.ts'
import { type NodeRequest, onlyClean } from './node-request.ts'
import type { Pages } from './pages.ts'
import { serveRun } from './run-command.ts'
import { sendPage } from './send-page.ts'
import { ServingError } from './serving-error.ts'

/** What the node's own server shows and does. */
export interface NodeServerSources {
  readonly engine: ContainerEngine
  /** Pods bound to this node, as last seen. */
  pods(): readonly Pod[]
  /** False when the agent is stuck; `/healthz` then fails. */
  healthy(): boolean
  /** False: no way into containers, and no logs (`enableDebuggingHandlers`). Default true. */
  readonly debugging?: boolean
  /** Served at `/logs/`; absent: nothing is. */
  readonly logDirectory?: string
  /** Where checkpoints of containers are written. */
  readonly checkpointDirectory?: string
  /** Directories that are claims' volumes; absent: there are none. */
  readonly hostPathVolumes?: HostPathVolumes
  /** Sets the log level, as klog counts it. */
  setVerbosity?(verbosity: number): void
}

export interface Routes {
  readonly sources: NodeServerSources
  /** Statistics, metrics, configuration. */
  readonly pages?: Pages
  readonly clock: Clock
}

const notFound = () => new ServingError(404, '404 page not found')

/** What a kubelet answers without HTTPS and without asking who calls, on `--read-only-port`: its state, and no way to reach into a container. */
export async function routeReadOnly({ sources, pages }: Routes, asked: NodeRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
  onlyClean(asked)
  const [first, ...rest] = asked.parts
  const path = `/${asked.parts.join('/')}`
  // Heapster's way to ask for statistics; a kubelet still takes it.
  if (!(request.method === 'POST' && path === '/stats/summary')) onlyRead(request)
  const page = path === '/configz' || path === '/runningpods' ? undefined : pages?.get(path)
  if (page) await sendPage(await page(asked.query), request, response)
  else if (first === 'healthz') {
    const answer = healthzAnswer(
      healthChecks(() => sources.healthy()),
      rest,
      asked.query,
    )
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(answer)
  } else if (path === '/pods') {
    const list = { head: { kind: 'PodList', apiVersion: 'v1', metadata: {} }, field: 'items', items: sources.pods(), each: (pod: Pod) => pod } as const
    await sendPieces(response, 200, { 'content-type': 'application/json' }, listText(list))
  } else throw notFound()
}

/** Every path of the node's HTTPS server but the streams. */
export async function route(routes: Routes, asked: NodeRequest, request: IncomingMessage, response: ServerResponse): Promise<void> {
  onlyClean(asked)
  const { sources, pages, clock } = routes
  const { engine } = sources
  const [first, ...rest] = asked.parts
  refuseDebugging(sources, asked)
  switch (first) {
    case 'exec':
    case 'attach':
    case 'portForward':
      throw new ServingError(400, 'Upgrade request required')
    case 'run':
      onlyPost(request)
      return serveRun(engine, sources.pods(), rest, asked.query, request, response)
    case 'checkpoint':
      onlyPost(request)
      if (!sources.checkpointDirectory || rest.length !== 3) throw notFound()
      return serveCheckpoint(
        { engine, directory: sources.checkpointDirectory, pods: sources.pods(), now: clock.wall(), timeouts: asked.query.getAll('timeout') },
        rest,
        response,
      )
    case 'hostPathVolumes':
      if (!sources.hostPathVolumes) throw notFound()
      return serveHostPathVolumes(sources.hostPathVolumes, rest, request, response)
    case 'debug':
      if (rest.join('/') !== 'flags/v' || !sources.setVerbosity) throw notFound()
      return serveVerbosity((verbosity) => sources.setVerbosity?.(verbosity), request, response)
    case 'logs':
      onlyRead(request)
      if (!sources.logDirectory) throw new ServingError(405, 'logs endpoint is disabled.')
      return serveNodeLogs(sources.logDirectory, asked.path, request, response)
    case 'containerLogs': {
      onlyRead(request)
      const [namespace, name, container, ...more] = rest
      if (container === undefined || more.length > 0) throw notFound()
      const pod = sources.pods().find((each) => each.metadata?.namespace === namespace && each.metadata?.name === name)
      if (!pod) throw new ServingError(404, `pod ${JSON.stringify(name)} does not exist`)
      return serveContainerLogs(engine, pod, container, asked.query, response, clock.wall())
    }
    case 'configz':
    case 'runningpods': {
      onlyRead(request)
      const page = pages?.get(`/${asked.parts.join('/')}`)
      if (!page) throw notFound()
      return sendPage(await page(asked.query), request, response)
    }
    default:
      return routeReadOnly(routes, asked, request, response)
  }
}

const debugPaths: ReadonlySet<string | undefined> = new Set([
  'run',
  'exec',
  'attach',
  'portForward',
  'containerLogs',
  'runningpods',
  'logs',
  'debug',
  'checkpoint',
  'configz',
])

/** Throws a 405 for what `enableDebuggingHandlers: false` shuts. */
export function refuseDebugging({ debugging = true }: Pick<NodeServerSources, 'debugging'>, { parts }: Pick<NodeRequest, 'parts'>): void {
  if (!debugging && debugPaths.has(parts[0])) throw new ServingError(405, 'Debug endpoints are disabled.')
}

/** Throws a 405 for a method by which a kubelet begins no stream. */
export function onlyStreams({ method }: Pick<NodeRequest, 'method'>): void {
  if (method !== 'GET' && method !== 'POST') throw new ServingError(405, 'Method Not Allowed')
}

function onlyRead({ method }: IncomingMessage): void {
  if (method !== 'GET' && method !== 'HEAD') throw new ServingError(405, 'Method Not Allowed')
}

function onlyPost({ method }: IncomingMessage): void {
  if (method !== 'POST') throw new ServingError(405, 'Method Not Allowed')
}
