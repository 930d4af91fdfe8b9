import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface Asset {
  readonly type: string
  readonly body: Buffer
  readonly etag: string
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Modules and styles of the page, beside this file. A list, so that no path of a request reaches the disk. */
const pageFiles = [
  'index.html',
  'favicon.svg',
  'base.css',
  'node.css',
  'table.css',
  'detail.css',
  'main.js',
  'stream.js',
  'store.js',
  'past.js',
  'format.js',
  'dom.js',
  'chart.js',
  'spark.js',
  'tiles.js',
  'header.js',
  'rows.js',
  'table.js',
  'cells.js',
  'detail.js',
  'storage.js',
  'actors.js',
  'controllers.js',
  'keys.js',
] as const

/** The files of the page by the path they are served at. Each is read once. */
export class Assets {
  readonly #paths = new Map<string, string>()
  readonly #read = new Map<string, Promise<Asset>>()

  constructor() {
    const page = join(import.meta.dirname, 'page')
    for (const name of pageFiles) this.#paths.set(`/${name}`, join(page, name))
    this.#paths.set('/', join(page, 'index.html'))
    this.#paths.set('/favicon.ico', join(page, 'favicon.svg'))
    const uplot = dirname(createRequire(import.meta.url).resolve('uplot'))
    this.#paths.set('/uplot.js', join(uplot, 'uPlot.iife.min.js'))
    this.#paths.set('/uplot.css', join(uplot, 'uPlot.min.css'))
  }

  /** Undefined for a path that is none of the page's. */
  get(path: string): Promise<Asset> | undefined {
    const file = this.#paths.get(path)
    if (file === undefined) return undefined
    const known = this.#read.get(file) ?? load(file)
    this.#read.set(file, known)
    // A failure is not kept.
    known.catch(() => this.#read.delete(file))
    return known
  }
}

async function load(file: string): Promise<Asset> {
  const body = await readFile(file)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { type: types[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream', body, etag }
}
