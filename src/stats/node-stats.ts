import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type NodeCpu, parseProcStat } from './proc/cpu.ts'
import { type NodeMemory, nodeMemory, parseMemInfo, parseVmStat } from './proc/memory.ts'
import { defaultInterface, type InterfaceStats, parseNetDev } from './proc/network.ts'
import { type Pressure, parsePressure } from './proc/pressure.ts'
import { type LoadAverage, parseLoadAverage } from './proc/processes.ts'

/** The whole node at one moment. */
export interface NodeStats {
  /** Wall-clock ms. */
  readonly at: number
  readonly cpu: NodeCpu
  readonly memory: NodeMemory
  readonly load: LoadAverage
  readonly pids: { readonly current: number; readonly limit: number }
  readonly network: { readonly defaultInterface?: string; readonly interfaces: readonly InterfaceStats[] }
  /** Absent where the kernel has no pressure stall information. */
  readonly pressure: { readonly cpu?: Pressure; readonly memory?: Pressure; readonly io?: Pressure }
}

/** Reads the node's figures from procfs. `procRoot` is another directory in tests. */
export function readNodeStats({ now, procRoot = '/proc' }: { now: number; procRoot?: string }): NodeStats {
  const read = (file: string) => readFileSync(join(procRoot, file), 'utf8')
  const load = parseLoadAverage(read('loadavg'))
  const pressure = (resource: string) => parsePressure(readIfThere(join(procRoot, 'pressure', resource)) ?? '')
  return {
    at: now,
    cpu: parseProcStat(read('stat')),
    memory: nodeMemory(parseMemInfo(read('meminfo')), parseVmStat(read('vmstat'))),
    load,
    pids: { current: load.tasks, limit: Math.min(Number(read('sys/kernel/pid_max')), Number(read('sys/kernel/threads-max'))) },
    network: { defaultInterface: defaultInterface(readIfThere(join(procRoot, 'net/route')) ?? ''), interfaces: parseNetDev(read('net/dev')) },
    pressure: { cpu: pressure('cpu'), memory: pressure('memory'), io: pressure('io') },
  }
}

/** The interfaces a process sees: of a pod, by its pause container's pid. Undefined when the process is gone. */
export function readPodNetwork(pid: number, procRoot = '/proc'): InterfaceStats[] | undefined {
  const text = readIfThere(join(procRoot, String(pid), 'net/dev'))
  return text === undefined ? undefined : parseNetDev(text)
}

/** EOPNOTSUPP: pressure information is compiled in but switched off. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EINVAL', 'EOPNOTSUPP', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
