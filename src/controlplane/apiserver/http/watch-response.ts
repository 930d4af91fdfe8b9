import type { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Clock, Timer } from '../../../base/clock.ts'
import { drained } from '../../../connections/drained.ts'
import { pieceChars } from '../../../json/list-text.ts'
import { KubeError } from '../../../kube/client.ts'
import { groupVersion } from '../discovery/served.ts'
import type { ResourceDefinition } from '../resource.ts'
import { internal } from '../rest/status-errors.ts'
import { type EventTexts, writeEvent } from '../watch/event-text.ts'
import type { OpenWatches } from '../watch/open-watches.ts'
import type { WatchItem, WatchQueue } from '../watch/watch-queue.ts'
import type { Representation } from './media-type.ts'
import { statusOf } from './respond.ts'
import { type ViewOptions, viewEvent } from './views.ts'

export interface WatchStreamOptions {
  readonly definition: ResourceDefinition
  readonly clock: Clock
  readonly open: OpenWatches
  readonly texts: EventTexts
  readonly format: Representation['format']
  readonly view: Omit<ViewOptions, 'now'>
  readonly bookmarks: boolean
  readonly bookmarkIntervalMs: number
  /** After which the server ends the watch; the client starts another where this one ended. */
  readonly timeoutMs: number
  revision(): number
}

/** Writes a watch as lines of JSON or frames of protobuf, each by itself, until it times out, the client leaves or falls behind. */
export async function streamWatch(response: Writable, open: () => WatchQueue, options: WatchStreamOptions): Promise<void> {
  let queue: WatchQueue
  try {
    queue = open()
  } catch (error) {
    return void response.end(errorLine(error, options.format))
  }
  using watch = queue
  using _counted = options.open.add(options.definition, watch, () => response.destroy())
  response.once('close', () => watch.end())
  // A client that reads nothing would not hear of it either: it is hung up on, and lists again.
  watch.onCut(() => {
    if (response.writableNeedDrain) response.destroy()
  })
  const finish = () => {
    if (options.bookmarks) watch.bookmark(options.revision())
    watch.end()
  }
  const timers = [options.clock.setTimer(options.timeoutMs, finish)]
  if (options.bookmarks) timers.push(repeat(options.clock, options.bookmarkIntervalMs, () => watch.bookmark(options.revision())))
  try {
    await pump(response, watch, options)
  } catch (error) {
    if (!response.destroyed) response.write(errorLine(error, options.format))
  } finally {
    for (const timer of timers) timer.cancel()
    response.end()
  }
}

async function pump(response: Writable, watch: WatchQueue, options: WatchStreamOptions): Promise<void> {
  let first = true
  let inTurn = 0
  for (;;) {
    const batch = await watch.next()
    if (batch.length === 0) return
    for (const item of batch) {
      if (response.destroyed) return
      // The socket's own buffer is the only one: with it full, changes wait in the queue, which is bounded.
      const line = lineOf(item, first, options)
      inTurn += line.length
      if (!response.write(line)) await drained(response)
      // A socket may take all at once; others are served in between.
      if (inTurn >= pieceChars) {
        inTurn = 0
        await setImmediate()
      }
      if (item.type !== 'BOOKMARK') first = false
    }
  }
}

function lineOf(item: WatchItem, first: boolean, { definition, texts, view, clock, format }: WatchStreamOptions): string | Uint8Array {
  if (item.type === 'BOOKMARK') return writeEvent(item.type, bookmark(definition, item), format)
  if (!view.as) return texts.line(definition, item, format)
  return writeEvent(item.type, viewEvent(definition, item.object, first, { ...view, now: clock.wall() }), format)
}

function bookmark(definition: ResourceDefinition, { revision, initialEventsEnd }: WatchItem & { type: 'BOOKMARK' }): unknown {
  const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
  const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...annotations }
  return { kind: definition.kind, apiVersion: groupVersion(definition), metadata }
}

const errorLine = (error: unknown, format: Representation['format']) =>
  writeEvent('ERROR', statusOf(error instanceof KubeError ? error : internal(String(error))), format)

function repeat(clock: Clock, everyMs: number, callback: () => void): Timer {
  let timer = clock.setTimer(everyMs, function again() {
    callback()
    timer = clock.setTimer(everyMs, again)
  })
  return { cancel: () => timer.cancel() }
}
