import { join } from 'node:path'
import type { CgroupLocation } from './cgroup/layout.ts'
import type { CgroupFileReader, CgroupStats } from './cgroup/types.ts'
import { readCgroupV1 } from './cgroup/v1.ts'
import { readCgroupV2 } from './cgroup/v2.ts'
import { PersistentReader } from './file-reader.ts'

/** One reading of one cgroup. */
export interface CgroupSample extends CgroupStats {
  /** Wall-clock ms. */
  readonly at: number
  /** Cores in use since the sample before, in billionths (the kubelet's `usageNanoCores`). Absent in the first sample. */
  readonly usageNanoCores?: number
}

export interface SamplerOptions {
  readonly clock: { wall(): number; monotonic(): number }
  /** Most file descriptors to hold. Default 4096; check against RLIMIT_NOFILE. */
  readonly maxOpenFiles?: number
}

/** Samples many cgroups cheaply. The caller decides when; a sample of all is one synchronous sweep. */
export interface Sampler extends Disposable {
  /** Adds a cgroup under a key of the caller's, e.g. a container id; again with another location replaces it. */
  add(key: string, location: CgroupLocation): void
  remove(key: string): void
  readonly size: number
  /** Undefined when the cgroup is gone or unknown. */
  sampleOne(key: string): CgroupSample | undefined
  /** All that still exist. Those that are gone are removed. */
  sample(): Map<string, CgroupSample>
}

interface Entry {
  readonly read: () => CgroupStats
  readonly files: Set<string>
  last?: CpuRate
}

// Two samples closer than this give no rate worth having: the rate before stands.
const shortestWindowMs = 100

export function createSampler({ clock, maxOpenFiles = 4096 }: SamplerOptions): Sampler {
  const reader = new PersistentReader(maxOpenFiles)
  const entries = new Map<string, Entry>()

  const remove = (key: string) => {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    reader.forget(entry.files)
  }

  const sampleOne = (key: string): CgroupSample | undefined => {
    const entry = entries.get(key)
    if (!entry) return undefined
    const stats = entry.read()
    // Neither controller answers: the cgroup is gone.
    if (stats.memory.usageBytes === undefined && stats.cpu.usageNanos === undefined) {
      remove(key)
      return undefined
    }
    return { ...stats, at: clock.wall(), usageNanoCores: rate(entry, stats.cpu.usageNanos, clock.monotonic()) }
  }

  return {
    add(key, location) {
      remove(key)
      const files = new Set<string>()
      entries.set(key, { files, read: statsReader(location, reader, files) })
    },
    remove,
    get size() {
      return entries.size
    },
    sampleOne,
    sample() {
      const samples = new Map<string, CgroupSample>()
      for (const key of [...entries.keys()]) {
        const sample = sampleOne(key)
        if (sample) samples.set(key, sample)
      }
      return samples
    },
    [Symbol.dispose]() {
      entries.clear()
      reader[Symbol.dispose]()
    },
  }
}

function statsReader(location: CgroupLocation, reader: PersistentReader, files: Set<string>): () => CgroupStats {
  const paths = new Map<string, string>()
  const pathOf = (controller: string, file: string): string | undefined => {
    const known = paths.get(file)
    if (known !== undefined) return known
    const directory = location.version === 2 ? location.directory : location.directories.get(controller)
    if (directory === undefined) return undefined
    const path = join(directory, file)
    paths.set(file, path)
    files.add(path)
    return path
  }
  const read: CgroupFileReader = (controller, file) => {
    const path = pathOf(controller, file)
    return path === undefined ? undefined : reader.read(path)
  }
  return location.version === 2 ? () => readCgroupV2(read) : () => readCgroupV1(read)
}

/** A reading of a CPU counter, and the rate since the one before. */
export interface CpuRate {
  readonly monotonic: number
  readonly usageNanos: number
  /** Cores in billionths; absent at first. */
  readonly nanoCores?: number
}

/** The next reading after `last`, which stands while hardly any time has gone by. Times in monotonic ms. */
export function rateSince(last: CpuRate | undefined, usageNanos: number, monotonic: number): CpuRate {
  if (!last) return { monotonic, usageNanos }
  const windowMs = monotonic - last.monotonic
  if (windowMs < shortestWindowMs) return last
  // A counter that went back belongs to a cgroup made anew under the same name.
  const nanoCores = usageNanos < last.usageNanos ? undefined : Math.round(((usageNanos - last.usageNanos) / windowMs) * 1000)
  return { monotonic, usageNanos, nanoCores }
}

function rate(entry: Entry, usageNanos: number | undefined, monotonic: number): number | undefined {
  if (usageNanos === undefined) return undefined
  entry.last = rateSince(entry.last, usageNanos, monotonic)
  return entry.last.nanoCores
}
