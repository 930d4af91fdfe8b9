import { type FSWatcher, watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { sleep } from '../../../src/base/clock.ts'
import { IrregularFileError, openRegularFile, readBounded } from '../../../src/base/regular-file.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import type { FoundStaticPods } from './found-static-pods.ts'
import { longestManifest, type ManifestSourceOptions, Troubles, withoutNamesakes } from './known-pods.ts'
import { parseManifest } from './manifest.ts'

export interface FileSourceOptions extends ManifestSourceOptions {
  /** A directory of manifests, or one manifest. */
  readonly path: string
  /** What an agent before ran of them; absent: nothing. */
  readonly found?: FoundStaticPods | undefined
}

/** Writers take a moment: what they do within it is read once. */
const settleMs = 100

/** Reads static pods from a directory or file and watches it. Ends when aborted. A manifest that became bad keeps its last good pod. */
export async function watchManifestFiles(options: FileSourceOptions): Promise<void> {
  const { clock, checkMs, tell, signal } = options
  const files = new ManifestFiles(options)
  try {
    while (!signal.aborted) {
      const changed = files.watched()
      tell(await files.read())
      const waited = new AbortController()
      const pause = sleep(clock, checkMs, AbortSignal.any([signal, waited.signal])).catch(() => {})
      await Promise.race([pause, changed])
      waited.abort()
      if (!signal.aborted) await sleep(clock, settleMs, signal).catch(() => {})
    }
  } finally {
    files.close()
  }
}

interface Known {
  /** What stat(2) said when it was read. */
  readonly mark: string
  readonly pods: readonly Pod[]
}

class ManifestFiles {
  readonly #options: FileSourceOptions
  readonly #path: string
  readonly #troubles: Troubles
  #known = new Map<string, Known>()
  #watcher: { readonly of: string; readonly close: () => void } | undefined
  #changed = Promise.withResolvers<void>()

  constructor(options: FileSourceOptions) {
    this.#options = options
    this.#path = resolve(options.path)
    this.#troubles = new Troubles(options.log)
  }

  /** Settles at the next change from now on. */
  watched(): Promise<void> {
    this.#changed = Promise.withResolvers()
    return this.#changed.promise
  }

  close(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  async read(): Promise<Pod[]> {
    const found = new Map<string, Known>()
    for (const file of await this.#list()) {
      const known = await this.#readFile(file)
      if (known) found.set(file, known)
    }
    this.#known = found
    this.#troubles.keep(new Set([this.#path, ...found.keys()]))
    return withoutNamesakes(new Map([...found].map(([file, { pods }]) => [file, pods])), this.#troubles)
  }

  /** The manifests there are; none when the path is gone, as with the kubelet. */
  async #list(): Promise<string[]> {
    try {
      const found = await stat(this.#path)
      // A file is replaced by renaming another over it: its directory tells of that.
      await this.#watch(found.isDirectory() ? this.#path : dirname(this.#path))
      this.#troubles.over(this.#path)
      if (!found.isDirectory()) return [this.#path]
      const names = await readdir(this.#path)
      return names
        .filter((name) => !name.startsWith('.'))
        .sort()
        .map((name) => join(this.#path, name))
    } catch (error) {
      this.close()
      this.#troubles.say(this.#path, 'static pod path cannot be read, it is tried again', error instanceof Error ? error.message : String(error))
      return []
    }
  }

  async #watch(directory: string): Promise<void> {
    const { dev, ino } = await stat(directory)
    const of = `${dev}:${ino}`
    if (this.#watcher?.of === of) return
    this.close()
    const watcher: FSWatcher = watch(directory, { persistent: false }, () => this.#changed.resolve())
    // Without a watch the periodic reading remains.
    watcher.on('error', () => this.close())
    this.#watcher = { of, close: () => watcher.close() }
  }

  async #readFile(file: string): Promise<Known | undefined> {
    const before = this.#known.get(file)
    try {
      if (file !== this.#path && (await stat(file)).isDirectory()) return undefined
      const handle = await openRegularFile(file)
      try {
        const { size, mtimeMs, ctimeMs, ino } = await handle.stat()
        const mark = `${ino}:${size}:${mtimeMs}`
        if (before?.mark === mark) return before
        if (size > longestManifest) throw new Error(`it has ${size} bytes; a manifest has at most ${longestManifest}`)
        const seen = new Date(this.#options.clock.wall()).toISOString()
        const parsed = parseManifest((await readBounded(handle, file, longestManifest)).toString('utf8'), {
          source: 'file',
          location: file,
          nodeName: this.#options.nodeName,
          seen,
        })
        // One that was moved here keeps the time of its content.
        const changedAt = Math.max(mtimeMs, ctimeMs)
        const pods = parsed.map((pod) => this.#options.found?.known(pod, changedAt) ?? pod)
        this.#troubles.over(file)
        // The same content keeps when it was first seen.
        return { mark, pods: before && sameUids(before.pods, pods) ? before.pods : pods }
      } finally {
        await handle.close()
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      // kubelet 1.32: what is neither a file nor a directory is left out, and named.
      if (error instanceof IrregularFileError) {
        this.#troubles.say(file, 'static pod manifest cannot be used', error.message)
        return { mark: '', pods: [] }
      }
      const kept = before && before.pods.length > 0 ? '; its last good version runs on' : ''
      this.#troubles.say(file, 'static pod manifest cannot be used', `${error instanceof Error ? error.message : String(error)}${kept}`)
      return { mark: '', pods: before?.pods ?? [] }
    }
  }
}

const sameUids = (one: readonly Pod[], other: readonly Pod[]) =>
  JSON.stringify(one.map((pod) => pod.metadata?.uid)) === JSON.stringify(other.map((pod) => pod.metadata?.uid))
