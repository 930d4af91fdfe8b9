import type { EvictionSignal } from '../../../src/config/eviction.ts'
import type { ResourceSample } from '../resource-reader.ts'

export type PressureCondition = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'

/** What a signal says is short, by the kubelet's names. */
export type StarvedResource = 'memory' | 'ephemeral-storage' | 'inodes' | 'pids'

interface SignalMeaning {
  readonly condition: PressureCondition
  readonly resource: StarvedResource
}

const disk = { condition: 'DiskPressure', resource: 'ephemeral-storage' } as const
const inodes = { condition: 'DiskPressure', resource: 'inodes' } as const
const memory = { condition: 'MemoryPressure', resource: 'memory' } as const

export const meaningOf: Readonly<Record<EvictionSignal, SignalMeaning>> = {
  'memory.available': memory,
  'allocatableMemory.available': memory,
  'nodefs.available': disk,
  'nodefs.inodesFree': inodes,
  'imagefs.available': disk,
  'imagefs.inodesFree': inodes,
  'pid.available': { condition: 'PIDPressure', resource: 'pids' },
}

export interface Observation {
  readonly available: number
  readonly capacity: number
}

/** What the node has left, by signal. What cannot be known is absent. */
export type Observations = ReadonlyMap<EvictionSignal, Observation>

/** What all pods together may use and do, in bytes. */
export interface PodsMemory {
  readonly allocatableBytes: number
  readonly workingSetBytes: number
}

/** Reads the signals out of a sample. A file system that counts no inodes has no such signal. */
export function observe(sample: ResourceSample, memoryCapacity: number, pods?: PodsMemory): Observations {
  const { nodefs, processes, maxProcesses } = sample
  const imagefs = sample.imagefs ?? nodefs
  const found: readonly (readonly [EvictionSignal, Observation])[] = [
    ['memory.available', { available: sample.memoryAvailableBytes, capacity: memoryCapacity }],
    ['nodefs.available', { available: nodefs.availableBytes, capacity: nodefs.capacityBytes }],
    ['nodefs.inodesFree', { available: nodefs.inodesFree, capacity: nodefs.inodes }],
    ['imagefs.available', { available: imagefs.availableBytes, capacity: imagefs.capacityBytes }],
    ['imagefs.inodesFree', { available: imagefs.inodesFree, capacity: imagefs.inodes }],
    ['pid.available', { available: maxProcesses - processes, capacity: maxProcesses }],
    ['allocatableMemory.available', { available: pods ? pods.allocatableBytes - pods.workingSetBytes : 0, capacity: pods?.allocatableBytes ?? 0 }],
  ]
  return new Map(found.filter(([, { capacity }]) => capacity > 0))
}
