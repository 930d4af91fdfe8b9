import { uptime } from 'node:os'
import type { PodTable } from '../../actors/node/pod-table.ts'
import type { PodUse, ResourceTable } from '../../actors/node/resources.ts'
import type { Clock } from '../base/clock.ts'
import type { Container, Pod } from '../kube/objects.ts'
import { parseQuantity } from '../kube/quantity.ts'
import type { ContainerSnapshot, NodeHost, NodeSnapshot, PodSnapshot } from '../metrics/snapshot.ts'
import { blockDevicePath } from '../stats/block-devices.ts'
import type { MachineInfo } from '../stats/machine-info.ts'
import type { AgentUsage } from './agent-usage.ts'

export interface SnapshotParts {
  readonly nodeName: string
  readonly machine: MachineInfo
  readonly agent: AgentUsage
  readonly host: Omit<NodeHost, 'devices'>
  readonly table: ResourceTable
  readonly pods: PodTable
  readonly clock: Clock
}

/** What was sampled last, joined with what the pods' specs say. Costs nothing until somebody looks. */
export function nodeSnapshot({ nodeName, machine, host, agent, table, pods, clock }: SnapshotParts): NodeSnapshot {
  const now = clock.wall()
  return {
    nodeName,
    machine,
    host: { ...host, devices: devicesInUse(table) },
    bootedAt: now - uptime() * 1000,
    stats: table.node?.stats,
    usageNanoCores: table.nodeNanoCores,
    nodefs: table.node?.nodefs,
    imagefs: table.node?.imagefs,
    containerfs: table.node?.containerfs,
    pods: [...table.pods.values()].map((use) => podSnapshot(use, pods.get(use.pod.uid))),
    agent: agent.read(now),
  }
}

function devicesInUse({ pods }: ResourceTable): ReadonlyMap<string, string> {
  const devices = new Map<string, string>()
  for (const { containers } of pods.values())
    for (const { sample } of containers)
      for (const { device } of sample.io.devices ?? []) if (!devices.has(device)) devices.set(device, blockDevicePath(device) ?? '')
  return devices
}

function podSnapshot({ pod, containers, network, at, volumes }: PodUse, known: Pod | undefined): PodSnapshot {
  const specs = new Map([...(known?.spec?.initContainers ?? []), ...(known?.spec?.containers ?? [])].map((each) => [each.name, each]))
  const started = Date.parse(String(known?.status?.startTime ?? ''))
  const own = containers[0]?.cgroup
  return {
    ...{ name: pod.name, namespace: pod.namespace, uid: pod.uid },
    startedAt: Number.isNaN(started) ? undefined : started,
    cgroup: own === undefined ? undefined : own.slice(0, own.lastIndexOf('/')),
    containers: containers.map((use): ContainerSnapshot => ({ ...use, ...asked(specs.get(use.name)) })),
    network,
    networkAt: at,
    volumes,
  }
}

function asked(container: Container | undefined): Pick<ContainerSnapshot, 'limits' | 'requests'> {
  const amounts = (list: Readonly<Record<string, string>> | undefined) => ({
    cpuMilli: units(list?.cpu, 1_000_000n),
    memoryBytes: units(list?.memory, 1_000_000_000n),
  })
  return { limits: amounts(container?.resources?.limits), requests: amounts(container?.resources?.requests) }
}

/** What the API server took is a quantity; a static pod's may be none. */
function units(text: string | undefined, divisor: bigint): number | undefined {
  const value = text === undefined ? undefined : parseQuantity(text)
  return value === undefined ? undefined : Number(value / divisor)
}
