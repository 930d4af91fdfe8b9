import type { ContainerSnapshot, NodeSnapshot, PodSnapshot } from '../../metrics/snapshot.ts'
import { rfc3339 } from './stats.ts'
import type { Entry } from './tree.ts'

/** cAdvisor's ContainerReference. Containers carry Docker's id and the name that Docker shows, as its Docker handler tells them. */
export function referenceOf(entry: Entry): { readonly id?: string; readonly name: string; readonly aliases?: readonly string[]; readonly namespace?: string } {
  if (entry.kind !== 'container') return { name: entry.name }
  return { id: entry.container.id, name: entry.name, aliases: [dockerName(entry.pod, entry.container), entry.container.id], namespace: 'docker' }
}

export const dockerName = (pod: PodSnapshot, { name, attempt }: ContainerSnapshot): string => `k8s_${name}_${pod.name}_${pod.namespace}_${pod.uid}_${attempt}`

/** cpu.shares of a request, as the kubelet sets it: 2 at least. */
const shares = (milli: number | undefined): number => Math.max(2, Math.floor(((milli ?? 0) * 1024) / 1000))
const cfsPeriod = 100_000

/** cAdvisor's ContainerSpec; v2 adds the reference's aliases and namespace. */
export function specOf(entry: Entry, snapshot: NodeSnapshot): Readonly<Record<string, unknown>> {
  const has = { has_cpu: true, has_memory: true, has_hugetlb: false, has_custom_metrics: false }
  switch (entry.kind) {
    case 'root':
      return {
        ...startedAt(snapshot.bootedAt),
        ...has,
        cpu: { limit: 1024, max_limit: 0 },
        memory: { limit: snapshot.machine.memoryBytes },
        has_processes: true,
        has_network: true,
        has_filesystem: true,
        has_diskio: false,
      }
    case 'slice':
      return { ...startedAt(entry.startedAt), ...has, cpu: { limit: 1024, max_limit: 0 }, memory: {}, ...others(false, false) }
    case 'pod': {
      const { pod } = entry
      const labels = { 'io.kubernetes.pod.name': pod.name, 'io.kubernetes.pod.namespace': pod.namespace, 'io.kubernetes.pod.uid': pod.uid }
      return {
        ...startedAt(pod.startedAt),
        labels,
        ...has,
        cpu: { limit: shares(totalRequest(pod)), max_limit: 0 },
        memory: {},
        ...others(pod.network.length > 0, false),
      }
    }
    case 'container':
      return containerSpec(entry.pod, entry.container, has)
  }
}

function containerSpec(pod: PodSnapshot, container: ContainerSnapshot, has: object): Readonly<Record<string, unknown>> {
  const { limits, requests, sample } = container
  const quota = limits.cpuMilli === undefined ? {} : { quota: Math.max(1000, Math.floor((limits.cpuMilli * cfsPeriod) / 1000)), period: cfsPeriod }
  return {
    ...startedAt(container.startedAt),
    labels: {
      'io.kubernetes.container.name': container.name,
      'io.kubernetes.pod.name': pod.name,
      'io.kubernetes.pod.namespace': pod.namespace,
      'io.kubernetes.pod.uid': pod.uid,
    },
    ...has,
    cpu: { limit: shares(requests.cpuMilli ?? limits.cpuMilli), max_limit: 0, ...quota },
    memory: { limit: limits.memoryBytes ?? sample.memory.limitBytes },
    ...others(false, container.rootfs !== undefined),
    processes: { limit: sample.pids.limit },
    image: container.image,
  }
}

const others = (network: boolean, filesystem: boolean) => ({ has_processes: true, has_network: network, has_filesystem: filesystem, has_diskio: true })

const startedAt = (at: number | undefined) => (at === undefined ? {} : { creation_time: rfc3339(at), start_time: rfc3339(at) })

const totalRequest = (pod: PodSnapshot): number => pod.containers.reduce((sum, { requests, limits }) => sum + (requests.cpuMilli ?? limits.cpuMilli ?? 0), 0)
