import { constants, type Stats } from 'node:fs'
import { open, readdir, realpath } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ServingError } from './serving-error.ts'

const types: Readonly<Record<string, string>> = { '.gz': 'application/x-gzip', '.json': 'application/json', '.html': 'text/html; charset=utf-8' }

/**
 * `/logs/…`: the files below the node's log directory, and lists of its directories, as a kubelet serves /var/log. Unlike there a link that leads out of the
 * directory is a 404: a container that may write below it could have the agent read any file of the machine (the log mount escape).
 */
export async function serveNodeLogs(root: string, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const relative = path.replace(/^\/logs\/?/, '')
  const real = await resolved(root, relative)
  // Never waits for a pipe's other end.
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EACCES' ? new ServingError(403, '403 Forbidden') : notFound()
  })
  try {
    const stats = await file.stat()
    if (stats.isDirectory()) {
      if (!path.endsWith('/')) return void response.writeHead(301, { location: `${encodeURIComponent(path.split('/').at(-1) ?? '')}/` }).end()
      return await list(real, response)
    }
    if (!stats.isFile()) throw notFound()
    const headers = {
      'content-type': types[extname(real)] ?? 'text/plain; charset=utf-8',
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
  } finally {
    await file.close()
  }
}

const notFound = () => new ServingError(404, '404 page not found')

/** Where the path really is, if that is within the root. */
async function resolved(root: string, relative: string): Promise<string> {
  if (relative.includes('\0') || relative.split('/').includes('..')) throw notFound()
  try {
    const [base, real] = await Promise.all([realpath(root), realpath(join(root, relative))])
    if (real === base || real.startsWith(base + sep)) return real
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw new ServingError(403, '403 Forbidden')
  }
  throw notFound()
}

/** In the form of Go's file server, which scripts read. */
async function list(directory: string, response: ServerResponse): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort()
  const lines = names.map((name) => `<a href="${encodeURI(name).replace(/[?#:]/g, encodeURIComponent)}">${escaped(name)}</a>\n`)
  const head = '<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n'
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`${head}${lines.join('')}</pre>\n`)
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** One range of bytes; several are answered with the whole file. */
function rangeOf(header: string | undefined, { size }: Stats): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === '' && to === '') return undefined
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return start > end ? 'unsatisfiable' : { start, end }
}
