import { amountOfCapacity, type EvictionSignal, type EvictionThreshold } from '../../src/config/eviction.ts'
import type { EngineInfo } from '../../src/engine/engine.ts'
import type { ImageState } from '../../src/engine/image.ts'
import { sameJson } from '../../src/json/same.ts'
import { wholeSeconds } from '../../src/kube/micro-time.ts'
import type { NodeCondition, NodeStatus } from '../../src/kube/objects.ts'
/** Parses as a Kubernetes version, as the API server and its clients demand; says whose it is. */
import { kubeletVersion } from '../../src/kube/version.ts'
import type { PressureCondition } from './eviction/signals.ts'
import type { MachineFacts, ResourceSample } from './resource-reader.ts'

/** kubelet 1.32: names of one image that are listed. */
const maxNames = 5

export interface NodeStatusInput {
  readonly nodeName: string
  readonly hostIps: readonly string[]
  readonly port: number
  readonly maxPods: number
  /** Images that are listed, the largest first; -1: all. */
  readonly maxImages: number
  readonly machine: MachineFacts
  readonly sample: ResourceSample | undefined
  /** Absent while the engine has never answered. */
  readonly engine: EngineInfo | undefined
  readonly images: readonly ImageState[]
  /** Bytes, or milli-CPU for `cpu`: kubeReserved and systemReserved together. */
  readonly reserved: Readonly<Record<string, number>>
  readonly thresholds: readonly EvictionThreshold[]
  readonly underPressure: (condition: PressureCondition) => boolean
  /** What makes the node not ready; each names its cause. */
  readonly problems: readonly string[]
  /** Absent: nothing of this node was ever attached. */
  readonly volumesInUse?: readonly string[]
  /** The conditions last reported: times of transition are kept from them. */
  readonly previous: readonly NodeCondition[]
  /** Wall-clock ms. */
  readonly now: number
}

/** The node's status as a kubelet reports it. */
export function nodeStatus(input: NodeStatusInput): NodeStatus {
  const { machine, engine, hostIps, nodeName } = input
  return {
    addresses: [...hostIps.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: nodeName }],
    ...capacities(input),
    conditions: conditions(input),
    daemonEndpoints: { kubeletEndpoint: { Port: input.port } } as NodeStatus['daemonEndpoints'],
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: engine ? `${engine.name}://${engine.version}` : '',
      kubeletVersion,
      kubeProxyVersion: kubeletVersion,
      operatingSystem: 'linux',
      architecture: machine.architecture,
    },
    ...runtimeFeatures(engine),
    images: [...input.images]
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, input.maxImages < 0 ? undefined : input.maxImages)
      .map((image) => ({ names: [...image.repoDigests, ...image.repoTags].slice(0, maxNames), sizeBytes: image.sizeBytes }))
      .filter((image) => image.names.length > 0),
    ...(input.volumesInUse ? { volumesInUse: [...input.volumesInUse].sort() } : {}),
  }
}

/** What the engine says of its runtimes; nothing of one that says nothing. */
function runtimeFeatures(engine: EngineInfo | undefined): Pick<NodeStatus, 'runtimeHandlers' | 'features'> {
  const { runtimeHandlers = [], supplementalGroupsPolicy } = engine ?? {}
  return {
    ...(runtimeHandlers.length > 0
      ? {
          runtimeHandlers: runtimeHandlers.map(({ name, recursiveReadOnlyMounts, userNamespaces }) => ({
            name,
            features: { recursiveReadOnlyMounts, userNamespaces },
          })),
        }
      : {}),
    ...(supplementalGroupsPolicy === undefined ? {} : { features: { supplementalGroupsPolicy } }),
  }
}

/** Capacity, and allocatable: capacity less what is reserved and less the hard eviction thresholds. */
function capacities({ machine, sample, maxPods, reserved, thresholds }: NodeStatusInput): Pick<NodeStatus, 'capacity' | 'allocatable'> {
  const storage = sample?.nodefs.capacityBytes ?? 0
  const huge1 = machine.hugepageBytes['1Gi'] ?? 0
  const huge2 = machine.hugepageBytes['2Mi'] ?? 0
  const hard = (wanted: EvictionSignal) => thresholds.find(({ signal, graceMs }) => signal === wanted && graceMs === 0)?.amount
  const memoryThreshold = amountOfCapacity(hard('memory.available'), machine.memoryBytes)
  const storageThreshold = amountOfCapacity(hard('nodefs.available'), storage)
  const left = (capacity: number, ...taken: (number | undefined)[]) =>
    Math.max(0, Math.floor(capacity - taken.reduce<number>((sum, each) => sum + (each ?? 0), 0)))
  const milliCpu = left(machine.cpus * 1000, reserved.cpu)
  return {
    capacity: {
      cpu: String(machine.cpus),
      'ephemeral-storage': kibibytes(storage),
      'hugepages-1Gi': String(huge1),
      'hugepages-2Mi': String(huge2),
      memory: kibibytes(machine.memoryBytes),
      pods: String(maxPods),
    },
    allocatable: {
      cpu: milliCpu % 1000 === 0 ? String(milliCpu / 1000) : `${milliCpu}m`,
      'ephemeral-storage': String(left(storage, reserved['ephemeral-storage'], storageThreshold)),
      'hugepages-1Gi': String(huge1),
      'hugepages-2Mi': String(huge2),
      memory: kibibytes(left(machine.memoryBytes, reserved.memory, memoryThreshold, huge1, huge2)),
      pods: String(maxPods),
    },
  }
}

const kibibytes = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`

/** In the kubelet's order, with its reasons and messages. */
function conditions({ underPressure, problems, previous, engine, now }: NodeStatusInput): NodeCondition[] {
  const causes = engine ? problems : [...problems, ...(problems.length === 0 ? ['container runtime status check may not have completed yet'] : [])]
  const ready = causes.length === 0
  return [
    pressure(
      'MemoryPressure',
      underPressure('MemoryPressure'),
      'KubeletHasInsufficientMemory',
      'kubelet has insufficient memory available',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ),
    pressure(
      'DiskPressure',
      underPressure('DiskPressure'),
      'KubeletHasDiskPressure',
      'kubelet has disk pressure',
      'KubeletHasNoDiskPressure',
      'kubelet has no disk pressure',
    ),
    pressure(
      'PIDPressure',
      underPressure('PIDPressure'),
      'KubeletHasInsufficientPID',
      'kubelet has insufficient PID available',
      'KubeletHasSufficientPID',
      'kubelet has sufficient PID available',
    ),
    {
      type: 'Ready',
      status: ready ? 'True' : 'False',
      reason: ready ? 'KubeletReady' : 'KubeletNotReady',
      message: ready ? 'kubelet is posting ready status' : causes.length > 1 ? `[${causes.join(', ')}]` : (causes[0] ?? ''),
    },
  ].map((condition) => {
    const before = previous.find((each) => each.type === condition.type)
    const at = wholeSeconds(now)
    return { ...condition, lastHeartbeatTime: at, lastTransitionTime: before?.status === condition.status ? (before.lastTransitionTime ?? at) : at }
  })
}

const pressure = (type: PressureCondition, under: boolean, badReason: string, bad: string, goodReason: string, good: string) =>
  under ? { type, status: 'True', reason: badReason, message: bad } : { type, status: 'False', reason: goodReason, message: good }

/** Whether two statuses say the same but for the time of the heartbeat. */
export function sameNodeStatus(a: NodeStatus, b: NodeStatus): boolean {
  const timeless = (status: NodeStatus) => status.conditions?.map(({ lastHeartbeatTime: _, ...rest }) => rest)
  return sameJson({ ...a, conditions: timeless(a) }, { ...b, conditions: timeless(b) })
}

/** Whether a condition of ours has another status in what the API server has. */
export function contradicts(theirs: readonly NodeCondition[], ours: readonly NodeCondition[]): boolean {
  return ours.some(({ type, status }) => theirs.some((each) => each.type === type && each.status !== status))
}

/** Labels that a node registers with, beside those it is told to carry. */
export const nodeLabels = (nodeName: string, architecture: string): Record<string, string> => ({
  'beta.kubernetes.io/arch': architecture,
  'beta.kubernetes.io/os': 'linux',
  'kubernetes.io/arch': architecture,
  'kubernetes.io/hostname': nodeName,
  'kubernetes.io/os': 'linux',
})
