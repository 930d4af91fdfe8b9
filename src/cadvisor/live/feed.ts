import type { ServerResponse } from 'node:http'
import type { Clock } from '../../base/clock.ts'
import type { NodeHistory } from '../node-history.ts'
import type { PodBoard } from '../pod-board.ts'
import type { CadvisorSources } from '../sources.ts'
import { containerFigures, type Figures, nodeFigures, nodeRow, podFigures } from './figures.ts'
import { changedRows, currentRows, numbered, RowIds } from './rows.ts'
import { type Holder, Seats } from './seats.ts'
import { Subscriber } from './subscriber.ts'

export interface FeedParts {
  readonly sources: CadvisorSources
  readonly history: NodeHistory
  readonly board: PodBoard
  readonly clock: Clock
  /** Open pages at once; default 32. One more takes the place of another. */
  readonly most?: number
}

const mostPages = 32

/** Many changes of one moment are told together. */
const togetherMs = 100

const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

/**
 * What open pages are told: everything when they open, then what changed. Each message is made once for all of them, and none while nobody looks.
 */
export class Feed {
  readonly ids = new RowIds()
  readonly #parts: FeedParts
  readonly #subscribers = new Set<Subscriber>()
  readonly #seats: Seats
  readonly #changed = new Set<string>()
  #sent: ReadonlyMap<number, Figures> = new Map()
  #whole: string | undefined
  #nodeSent = ''
  #waiting = false

  constructor(parts: FeedParts) {
    this.#parts = parts
    this.#seats = new Seats(parts.most ?? mostPages)
  }

  get open(): number {
    return this.#subscribers.size
  }

  /** Takes over the response until its client goes, or another takes its place. */
  subscribe(response: ServerResponse, holder: Holder): void {
    const { clock, sources } = this.#parts
    if (this.open > 0) this.#flush()
    else {
      this.#whole = undefined
      this.#sent = this.#rows()
      this.#nodeSent = JSON.stringify(sources.node())
    }
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    const subscriber = new Subscriber(response, { clock, whole: () => this.#everything() })
    this.#subscribers.add(subscriber)
    const leave = this.#seats.take(holder, () => {
      this.#subscribers.delete(subscriber)
      subscriber.giveUp()
    })
    response.once('close', () => {
      leave()
      this.#subscribers.delete(subscriber)
      sources.watched(this.open)
    })
    sources.watched(this.open)
  }

  /** There is a new sample. */
  sampled(): void {
    this.#whole = undefined
    if (this.open === 0) return
    this.#flush()
    const { history } = this.#parts
    const rows = this.#rows()
    const { node } = history
    this.#send(event('sample', { at: history.at, node: nodeRow(node.before, node.now), rows: changedRows(this.#sent, rows) }))
    this.#sent = rows
    this.nodeChanged()
  }

  /** The pod is shown differently, came or went. */
  podChanged(uid: string): void {
    this.#whole = undefined
    if (this.open === 0) {
      if (!this.#parts.board.views.has(uid)) this.ids.forget(uid)
      return
    }
    this.#changed.add(uid)
    if (this.#waiting) return
    this.#waiting = true
    this.#parts.clock.setTimer(togetherMs, () => {
      this.#waiting = false
      this.#flush()
    })
  }

  /** Its conditions may have changed. */
  nodeChanged(): void {
    if (this.open === 0) return
    const node = JSON.stringify(this.#parts.sources.node())
    if (node === this.#nodeSent) return
    this.#nodeSent = node
    this.#whole = undefined
    this.#send(`event: node\ndata: ${node}\n\n`)
  }

  close(): void {
    for (const subscriber of this.#subscribers) subscriber.close()
    this.#subscribers.clear()
  }

  #flush(): void {
    if (this.#changed.size === 0) return
    const { views } = this.#parts.board
    const gone: number[] = []
    const changed: object[] = []
    for (const uid of this.#changed) {
      const pod = views.get(uid)
      if (pod) changed.push(numbered(pod, this.ids))
      else {
        gone.push(this.ids.pod(uid))
        this.ids.forget(uid)
      }
    }
    this.#changed.clear()
    this.#send(event('pods', { changed, gone }))
  }

  #send(message: string): void {
    for (const subscriber of this.#subscribers) subscriber.send(message)
  }

  #rows(): Map<number, Figures> {
    return currentRows(this.#parts.history, this.#parts.board.views, this.ids)
  }

  /** The present state, as the changes that follow are counted from it. */
  #everything(): string {
    const { sources, history, board, clock } = this.#parts
    this.#whole ??= event('open', {
      now: clock.wall(),
      at: history.at,
      figures: { container: containerFigures, pod: podFigures, node: nodeFigures },
      node: sources.node(),
      nodeRow: nodeRow(history.node.before, history.node.now),
      pods: [...board.views.values()].map((pod) => numbered(pod, this.ids)),
      rows: Object.fromEntries(this.#sent),
    })
    return this.#whole
  }
}
