import type { ContainerSnapshot, NodeSnapshot, PodSnapshot } from '../../metrics/snapshot.ts'
import type { KeptContainer, NodeHistory } from '../node-history.ts'
import { added, type ContainerValues, containerColumns, type NodeValues, type PodValues } from '../readings.ts'
import type { Reading } from '../series.ts'

/** What a reading of any cgroup may hold. */
export type AnyValues = ContainerValues & PodValues & NodeValues
export type AnyReading = { readonly at: number; readonly values: AnyValues }

interface EntryBase {
  /** Path below the cgroup root, `/` for the machine. */
  readonly name: string
  /** The newest `count` readings, oldest first. */
  readings(count: number): AnyReading[]
}

/** One cgroup, as cAdvisor's API shows it. */
export type Entry =
  | (EntryBase & { readonly kind: 'root' })
  /** Holds pods: `/kubepods/burstable`. */
  | (EntryBase & { readonly kind: 'slice'; readonly startedAt: number | undefined })
  | (EntryBase & { readonly kind: 'pod'; readonly pod: PodSnapshot })
  | (EntryBase & { readonly kind: 'container'; readonly pod: PodSnapshot; readonly container: ContainerSnapshot })

/** All cgroups that the node's samples know, by name; parents before children. */
export function containerTree(snapshot: NodeSnapshot, history: NodeHistory): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>([['/', { kind: 'root', name: '/', readings: (count) => history.node.series.newest(count) }]])
  const pods = snapshot.pods.filter(({ cgroup }) => cgroup !== undefined && cgroup !== '')
  for (const [name, members] of slices(pods)) {
    const starts = members.flatMap(({ startedAt }) => (startedAt === undefined ? [] : [startedAt]))
    const startedAt = starts.length > 0 ? Math.min(...starts) : undefined
    entries.set(name, {
      kind: 'slice',
      name,
      startedAt,
      readings: (count) =>
        together(
          members.flatMap((pod) => partsOf(pod, history)),
          count,
        ),
    })
  }
  for (const pod of pods) {
    const name = pod.cgroup ?? ''
    entries.set(name, { kind: 'pod', name, pod, readings: (count) => podReadings(pod, history, count) })
    for (const container of pod.containers) {
      const kept = history.pods.get(pod.uid)?.containers.get(container.name)
      entries.set(container.cgroup, { kind: 'container', name: container.cgroup, pod, container, readings: (count) => kept?.series.newest(count) ?? [] })
    }
  }
  return entries
}

/** The cgroups above the pods, with the pods below each. */
function slices(pods: readonly PodSnapshot[]): Map<string, PodSnapshot[]> {
  const found = new Map<string, PodSnapshot[]>()
  for (const pod of pods) {
    const parts = (pod.cgroup ?? '').split('/').slice(1, -1)
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const name = `/${parts.slice(0, depth).join('/')}`
      found.set(name, [...(found.get(name) ?? []), pod])
    }
  }
  return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)))
}

const partsOf = (pod: PodSnapshot, history: NodeHistory): KeptContainer[] => [...(history.pods.get(pod.uid)?.containers.values() ?? [])]

/** A pod is its containers together, and its network. */
function podReadings(pod: PodSnapshot, history: NodeHistory, count: number): AnyReading[] {
  const network = new Map(
    history.pods
      .get(pod.uid)
      ?.series.newest(count)
      .map(({ at, values }) => [at, values]),
  )
  return together(partsOf(pod, history), count).map(({ at, values }) => ({ at, values: { ...values, ...network.get(at) } }))
}

/** Readings of one sweep have one time: they add up. */
function together(parts: readonly KeptContainer[], count: number): AnyReading[] {
  const byTime = new Map<number, ContainerValues[]>()
  for (const { series } of parts)
    for (const { at, values } of series.newest(count)) {
      const known = byTime.get(at)
      if (known) known.push(values)
      else byTime.set(at, [values])
    }
  const sums = [...byTime].map(([at, values]): Reading<(typeof containerColumns)[number]> => ({ at, values: added(values, containerColumns) }))
  return sums.sort((one, other) => one.at - other.at).slice(-count)
}
