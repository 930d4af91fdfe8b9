import type { KeptPod, NodeHistory } from '../node-history.ts'
import type { AnyReading } from '../rest/tree.ts'
import type { PodView } from '../views.ts'
import { containerFigures, containerRow, type Figures, nodeFigures, nodeRow, podFigures, podRow, shares } from './figures.ts'
import type { RowIds } from './rows.ts'

/** The past of one row, by column: `at` in ms, and a list of figures per name. */
export interface Past {
  readonly at: readonly number[]
  readonly figures: Readonly<Record<string, readonly (number | null)[]>>
}

/** The past of the node (`node`), a pod (`<uid>`) or a container (`<uid>/<name>`); undefined when there is none. */
export function pastOf(history: NodeHistory, key: string): Past | undefined {
  if (key === 'node') return past(history.node.series.newest(), nodeFigures, nodeRow)
  const [uid = '', name] = key.split('/')
  const pod = history.pods.get(uid)
  if (!pod) return undefined
  if (name !== undefined) {
    const container = pod.containers.get(name)
    return container && past(container.series.newest(), containerFigures, containerRow)
  }
  return podPast(pod)
}

/** CPU and memory of every row over the last `count` kept samples: what the small lines of the table show. */
export function sparklines(history: NodeHistory, pods: ReadonlyMap<string, PodView>, ids: RowIds, count = 40): object {
  const times = history.node.series.newest(count).map(({ at }) => at)
  const rows: Record<number, readonly (readonly (number | null)[])[]> = {}
  const line = (readings: readonly AnyReading[]) => {
    const byTime = new Map(readings.map((reading, index) => [reading.at, containerRow(readings[index - 1], reading)]))
    return [times.map((at) => byTime.get(at)?.[0] ?? null), times.map((at) => byTime.get(at)?.[2] ?? null)]
  }
  for (const [uid, { containers }] of history.pods) {
    if (!pods.has(uid)) continue
    for (const [name, { series }] of containers) rows[ids.container(uid, name)] = line(series.newest(count))
  }
  return { at: times, rows }
}

/** A pod's containers together, with its network. */
function podPast({ series, containers }: KeptPod): Past {
  const readings = series.newest()
  const network = past(readings, podFigures, podRow)
  const parts = [...containers.values()].map((container) => {
    const own = container.series.newest()
    return new Map(own.map((reading, index) => [reading.at, containerRow(own[index - 1], reading)]))
  })
  const together = containerFigures.map((name, column) => {
    const all = network.at.map((at) => parts.flatMap((rows) => rows.get(at)?.[column] ?? []))
    return [name, all.map((values) => (values.length === 0 ? null : shares.has(name) ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0)))]
  })
  return { at: network.at, figures: { ...Object.fromEntries(together), ...network.figures } }
}

function past(readings: readonly AnyReading[], names: readonly string[], row: (before: AnyReading | undefined, now: AnyReading) => Figures): Past {
  const rows = readings.map((reading, index) => row(readings[index - 1], reading))
  return { at: readings.map(({ at }) => at), figures: Object.fromEntries(names.map((name, index) => [name, rows.map((each) => each[index] ?? null)])) }
}
