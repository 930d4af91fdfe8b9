import { sleep } from '../../../src/base/clock.ts'
import { longestManifest, type ManifestSourceOptions, Troubles, withoutNamesakes } from './known-pods.ts'
import { parseManifest } from './manifest.ts'

export interface HttpSourceOptions extends ManifestSourceOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, readonly string[]>>
}

/** kubelet 1.32: the manifest server has so long to answer. */
const timeoutMs = 10_000

/** Reads static pods from a URL, again and again. A server that fails, or a manifest that is bad, keeps what was last good. Ends when aborted. */
export async function pollManifestUrl({ url, headers, nodeName, checkMs, tell, clock, log, signal }: HttpSourceOptions): Promise<void> {
  const troubles = new Troubles(log)
  let last: string | undefined
  while (!signal.aborted) {
    try {
      const text = await fetchText(url, headers, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))
      if (text !== last) {
        const pods = parseManifest(text, { source: 'http', location: url, nodeName, seen: new Date(clock.wall()).toISOString() })
        tell(withoutNamesakes(new Map([[url, pods]]), troubles))
        last = text
      }
      troubles.over(url)
    } catch (error) {
      if (signal.aborted) return
      const message = error instanceof Error ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}` : String(error)
      troubles.say(url, 'static pods cannot be read from the URL, it is tried again', message)
    }
    await sleep(clock, checkMs, signal).catch(() => {})
  }
}

async function fetchText(url: string, headers: Readonly<Record<string, readonly string[]>>, signal: AbortSignal): Promise<string> {
  const pairs = Object.entries(headers).flatMap(([name, values]) => values.map((value): [string, string] => [name, value]))
  const response = await fetch(url, { headers: pairs, signal })
  if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > longestManifest) throw new Error(`the answer is longer than ${longestManifest} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
