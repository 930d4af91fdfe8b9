import type { Exposition, Labels } from '../exposition.ts'
import type { ContainerSnapshot, NodeHost } from '../snapshot.ts'

/** cpu.shares of a request, as the kubelet sets it. */
const shares = (milli: number | undefined): number => Math.max(2, Math.floor(((milli ?? 0) * 1024) / 1000))
const cfsPeriod = 100_000

/** Writes what a container was made with. */
export type WriteSpec = (labels: Labels, container: ContainerSnapshot) => void

/** What a container may use, and when it began. */
export function specWriters(out: Exposition, { cgroupVersion }: Pick<NodeHost, 'cgroupVersion'>): readonly WriteSpec[] {
  const gauge = (name: string, help: string, of: (container: ContainerSnapshot) => number | undefined, extra: Labels = {}): WriteSpec => {
    const add = out.family(name, 'gauge', help)
    return (labels, container) => add({ ...labels, ...extra }, of(container))
  }
  return [
    gauge('container_start_time_seconds', 'Start time of the container since unix epoch in seconds.', ({ startedAt }) =>
      startedAt === undefined ? undefined : Math.floor(startedAt / 1000),
    ),
    gauge('container_spec_cpu_period', 'CPU period of the container.', ({ limits }) => (limits.cpuMilli === undefined ? undefined : cfsPeriod)),
    gauge('container_spec_cpu_quota', 'CPU quota of the container.', ({ limits }) =>
      limits.cpuMilli === undefined ? undefined : Math.max(1000, Math.floor((limits.cpuMilli * cfsPeriod) / 1000)),
    ),
    gauge('container_spec_cpu_shares', 'CPU share of the container.', ({ requests, limits }) => shares(requests.cpuMilli ?? limits.cpuMilli)),
    gauge('container_spec_memory_limit_bytes', 'Memory limit for the container.', ({ limits }) => limits.memoryBytes ?? 0),
    gauge('container_spec_memory_reservation_limit_bytes', 'Memory reservation limit for the container.', () => 0),
    // v1 limits memory and swap together, and they are given no swap; v2 limits swap alone, and cAdvisor says 0.
    gauge('container_spec_memory_swap_limit_bytes', 'Memory swap limit for the container.', ({ limits }) =>
      cgroupVersion === 1 ? (limits.memoryBytes ?? 0) : 0,
    ),
  ]
}
