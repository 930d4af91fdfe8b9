import { constants, type Stats } from 'node:fs'
import { open, opendir } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type InsideTarget, OutsideRootError, openInside } from '../volumes/inside.ts'
import { ServingError } from './serving-error.ts'

const types: Readonly<Record<string, string>> = { '.gz': 'application/x-gzip', '.json': 'application/json', '.html': 'text/html; charset=utf-8' }
/** More names of one directory are not listed: whoever writes there decides how many there are. */
const mostNames = 100_000

/**
 * `/logs/…`: the files below the node's log directory, and lists of its directories, as a kubelet serves /var/log. Unlike there a link that leads out of the
 * directory is a 404: a container that may write below it could have the agent read any file of the machine (the log mount escape). What is served is the
 * very file that was found inside, held by a descriptor: nothing that is swapped meanwhile leads out either.
 */
export async function serveNodeLogs(root: string, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  await using found = await lookUp(root, path.replace(/^\/logs\/?/, ''))
  if (found.isDirectory) {
    if (!path.endsWith('/')) return void response.writeHead(301, { location: `${encodeURIComponent(path.split('/').at(-1) ?? '')}/` }).end()
    return await list(found.heldPath, response)
  }
  // Opening others may do something: of a device, of a pipe's other end.
  if (!found.isFile || path.endsWith('/')) throw notFound()
  await using file = await open(found.heldPath, constants.O_RDONLY | constants.O_NONBLOCK).catch(refused)
  const stats = await file.stat()
  const headers = {
    'content-type': types[extname(found.path)] ?? 'text/plain; charset=utf-8',
    'last-modified': stats.mtime.toUTCString(),
    'accept-ranges': 'bytes',
  }
  const unchanged = Date.parse(request.headers['if-modified-since'] ?? '') >= Math.floor(stats.mtimeMs / 1000) * 1000
  if (unchanged) return void response.writeHead(304, headers).end()
  const range = rangeOf(request.headers.range, stats)
  if (range === 'unsatisfiable') return void response.writeHead(416, { 'content-range': `bytes */${stats.size}` }).end('invalid range: failed to overlap\n')
  const { start, end } = range ?? { start: 0, end: stats.size - 1 }
  response.writeHead(range ? 206 : 200, {
    ...headers,
    'content-length': end - start + 1,
    ...(range && { 'content-range': `bytes ${start}-${end}/${stats.size}` }),
  })
  if (request.method === 'HEAD' || end < start) return void response.end()
  await pipeline(file.createReadStream({ start, end, autoClose: false }), response)
}

const notFound = () => new ServingError(404, '404 page not found')

function refused(error: NodeJS.ErrnoException): never {
  throw error.code === 'EACCES' ? new ServingError(403, '403 Forbidden') : notFound()
}

async function lookUp(root: string, path: string): Promise<InsideTarget> {
  try {
    return await openInside(root, path)
  } catch (error) {
    if (error instanceof OutsideRootError) throw notFound()
    return refused(error as NodeJS.ErrnoException)
  }
}

/** In the form of Go's file server, which scripts read. */
async function list(directory: string, response: ServerResponse): Promise<void> {
  const names: string[] = []
  // A character for each byte of a name.
  for await (const entry of await opendir(directory, { encoding: 'latin1', bufferSize: 256 })) {
    if (names.push(entry.isDirectory() ? `${entry.name}/` : entry.name) >= mostNames) break
  }
  const lines = names.sort().map((name) => `<a href="${href(name)}">${escaped(name)}</a>\n`)
  if (names.length >= mostNames) lines.push(`only ${mostNames} names are listed\n`)
  const head = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n'
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(Buffer.from(`${head}${lines.join('')}</pre>\n`, 'latin1'))
}

const href = (name: string): string =>
  name.replace(/[^A-Za-z0-9\-_.!~*'();/@&=+$,]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** One range of bytes; several are answered with the whole file. */
function rangeOf(header: string | undefined, { size }: Stats): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return start > end ? 'unsatisfiable' : { start, end }
}
