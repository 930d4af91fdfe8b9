import type { Random } from '../../../src/engine/simulated/random.ts'
import { bytes, damaged, integer, oneIn, pick, times } from '../draw.ts'
import { bodyFor } from './draw-body.ts'
import { headersFor, parameters, selector, upgrades } from './draw-headers.ts'
import { collectionPath, disguised, pathFor } from './draw-path.ts'
import type { Caller, Door } from './stage.ts'

export interface DrawnRequest {
  readonly method: string
  readonly target: string
  readonly raw: Buffer
  /** Its bytes were changed at random: it may be no request at all, or one without end. */
  readonly damaged: boolean
}

/** One request to a door: mostly a whole one to a path that is served, written in one of many ways. */
export function drawRequest(random: Random, door: Door, caller: Caller): DrawnRequest {
  if (oneIn(random, 12)) return drawStream(random, door, caller)
  const method = pick(random, ['GET', 'GET', 'GET', 'GET', 'HEAD', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])
  const lists = door.name === '6443' && method === 'GET' && oneIn(random, 3)
  const selection = lists ? [selector(random)] : []
  const query = [...selection, ...times(integer(random, 0, 3), () => pick(random, parameters))].join('&')
  const target = (lists ? collectionPath(random) : disguised(random, pathFor(random, door))) + (query && `?${query}`)
  const content = method === 'GET' || method === 'HEAD' ? undefined : bodyFor(random)
  const chunked = content && oneIn(random, 4)
  const lines = [
    `${method} ${target.replaceAll(' ', '%20')} HTTP/1.1`,
    `Host: ${pick(random, ['127.0.0.1', 'localhost', 'localhost', '127.0.0.1:1', 'evil.example', ''])}`,
    ...headersFor(random, caller),
    ...(oneIn(random, 6) ? pick(random, upgrades) : ['Connection: close']),
    ...(content?.type ? [`Content-Type: ${content.type}`] : []),
    ...(content ? [chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.body.length}`] : []),
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const body = content ? (chunked ? chunksOf(content.body) : content.body) : Buffer.alloc(0)
  const whole = Buffer.concat([head, body])
  const isDamaged = oneIn(random, 12)
  return { method, target, raw: isDamaged ? damaged(random, whole) : whole, damaged: isDamaged }
}

/** A stream that could begin, if whoever asks may have one. */
function drawStream(random: Random, { name }: Door, caller: Caller): DrawnRequest {
  const [command, ports] = name === '6443' ? ['command=id&stdout=1', 'ports=80'] : ['command=id&output=1', 'port=80']
  const at =
    name === '6443'
      ? (what: string) => `/api/v1/namespaces/default/pods/p/${what}`
      : (what: string) => `/${what}/default/p${what === 'portForward' ? '' : '/c'}`
  const forward = name === '6443' ? 'portforward' : 'portForward'
  const path = pick(random, [`${at('exec')}?${command}`, `${at('attach')}?${command}`, `${at(forward)}?${ports}`])
  const [line = '', query = ''] = path.split('?')
  const target = `${disguised(random, line)}?${query}`
  const method = pick(random, ['GET', 'POST'])
  const lines = [`${method} ${target.replaceAll(' ', '%20')} HTTP/1.1`, 'Host: localhost', ...headersFor(random, caller), ...pick(random, upgrades)]
  const raw = Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
    oneIn(random, 2) ? bytes(random, integer(random, 0, 100)) : Buffer.alloc(0),
  ])
  return { method, target, raw, damaged: false }
}

const chunksOf = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(body.length > 0 ? `${body.length.toString(16)}\r\n` : ''), body, Buffer.from(body.length > 0 ? '\r\n0\r\n\r\n' : '0\r\n\r\n')])
