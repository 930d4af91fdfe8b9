import type { CgroupSample } from '../stats/sampler.ts'
import { containerSum } from './cadvisor/container-sum.ts'
import { ioWriter, spaceWriters } from './cadvisor/disks.ts'
import { writeMachine } from './cadvisor/machine.ts'
import { networkWriters } from './cadvisor/network.ts'
import { specWriters } from './cadvisor/spec.ts'
import { usageWriters } from './cadvisor/usage.ts'
import { Exposition, type Labels } from './exposition.ts'
import type { ContainerSnapshot, NodeSnapshot, PodSnapshot } from './snapshot.ts'

/** The kubelet's `/metrics/cadvisor`: families and labels as cAdvisor names them, so that stock dashboards work. The node is `id="/"`; a pod as a whole has `container=""`. */
export function cadvisorMetrics(snapshot: NodeSnapshot): string {
  const out = new Exposition()
  const writers = [...usageWriters(out), ioWriter(out, snapshot.host.devices)]
  const space = spaceWriters(out)
  const spec = specWriters(out, snapshot.host)
  const network = networkWriters(out)
  writeMachine(out, snapshot)
  const node = nodeSample(snapshot)
  const root = { container: '', id: '/', image: '', name: '', namespace: '', pod: '' }
  if (node) for (const write of writers) write(root, node)
  for (const each of snapshot.stats?.network.interfaces ?? [])
    for (const write of network) write({ ...root, interface: each.name }, each, snapshot.stats?.at ?? 0)
  space.node(root, snapshot)
  for (const pod of snapshot.pods) {
    const whole = { container: '', id: pod.cgroup ?? '', image: '', name: '', namespace: pod.namespace, pod: pod.name }
    const total = containerSum(pod.containers)
    if (total) for (const write of writers) write(whole, total)
    for (const each of pod.network) for (const write of network) write({ ...whole, interface: each.name }, each, pod.networkAt)
    for (const container of pod.containers) {
      const labels = labelsOf(pod, container)
      for (const write of writers) write(labels, container.sample)
      for (const write of spec) write(labels, container)
      space.container(labels, container, snapshot)
    }
  }
  out.family('container_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise')({}, snapshot.stats ? 0 : 1)
  return out.toString()
}

const labelsOf = (pod: PodSnapshot, { name, cgroup, image, id }: ContainerSnapshot): Labels => ({
  container: name,
  id: cgroup,
  image,
  name: `k8s_${name}_${pod.name}_${pod.namespace}_${pod.uid}_${id.slice(0, 12)}`,
  namespace: pod.namespace,
  pod: pod.name,
})

/** The node as if it were a container. */
function nodeSample({ stats, usageNanoCores }: NodeSnapshot): CgroupSample | undefined {
  if (!stats) return undefined
  const { memory } = stats
  return {
    at: stats.at,
    usageNanoCores,
    cpu: { usageNanos: stats.cpu.usageNanos },
    memory: {
      usageBytes: memory.usageBytes,
      workingSetBytes: memory.workingSetBytes,
      rssBytes: memory.rssBytes,
      swapBytes: memory.swap.usageBytes,
      pageFaults: memory.pageFaults,
      majorPageFaults: memory.majorPageFaults,
    },
    io: {},
    pids: { current: stats.pids.current, limit: stats.pids.limit },
    pressure: stats.pressure,
  }
}
