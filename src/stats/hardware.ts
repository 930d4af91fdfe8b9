import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the machine is built of, as cAdvisor tells it beside `MachineInfo`. Sizes in bytes, speed in Mbit/s (-1: none). */
export interface Hardware {
  readonly vendorId: string
  readonly frequencyKhz: number
  /** Sockets with their cores, each with its threads; empty where the kernel does not tell. */
  readonly sockets: readonly { readonly id: number; readonly cores: readonly { readonly id: number; readonly threads: readonly number[] }[] }[]
  readonly disks: readonly { readonly name: string; readonly major: number; readonly minor: number; readonly bytes: number; readonly scheduler: string }[]
  readonly networkDevices: readonly { readonly name: string; readonly mac: string; readonly speedMbit: number; readonly mtu: number }[]
}

/** Reads /proc/cpuinfo and /sys; `root` is `/` but in tests. */
export function readHardware(root = '/'): Hardware {
  const read = (path: string) => readIfThere(join(root, path))?.trim() ?? ''
  const cpuinfo = read('proc/cpuinfo')
  return {
    vendorId: /^vendor_id\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? /^CPU implementer\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? '',
    frequencyKhz:
      Number(read('sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq')) || Math.round(1000 * Number(/^cpu MHz\s*: ([\d.]+)$/m.exec(cpuinfo)?.[1] ?? 0)),
    sockets: parseSockets(cpuinfo),
    disks: list(join(root, 'sys/block')).flatMap((name) => {
      // cAdvisor: no loop, RAM or optical devices.
      if (/^(loop|ram|sr)/.test(name)) return []
      const [major = 0, minor = 0] = read(`sys/block/${name}/dev`).split(':').map(Number)
      const scheduler = read(`sys/block/${name}/queue/scheduler`)
      return [{ name, major, minor, bytes: Number(read(`sys/block/${name}/size`)) * 512, scheduler: /\[(.*?)\]/.exec(scheduler)?.[1] ?? 'none' }]
    }),
    networkDevices: list(join(root, 'sys/class/net')).flatMap((name) => {
      // cAdvisor: neither the loopback nor what leads into containers.
      if (/^(lo|veth|docker)/.test(name)) return []
      const speedMbit = Number(read(`sys/class/net/${name}/speed`) || -1)
      return [{ name, mac: read(`sys/class/net/${name}/address`), speedMbit, mtu: Number(read(`sys/class/net/${name}/mtu`)) }]
    }),
  }
}

/** Sockets, cores and threads from /proc/cpuinfo. */
export function parseSockets(cpuinfo: string): Hardware['sockets'] {
  const sockets = new Map<number, Map<number, number[]>>()
  for (const block of cpuinfo.split(/\n\s*\n/)) {
    const field = (name: string) => new RegExp(`^${name}\\s*: (\\d+)$`, 'm').exec(block)?.[1]
    const thread = field('processor')
    const socket = field('physical id')
    if (thread === undefined || socket === undefined) continue
    const cores = sockets.get(Number(socket)) ?? new Map<number, number[]>()
    sockets.set(Number(socket), cores)
    const core = Number(field('core id') ?? thread)
    cores.set(core, [...(cores.get(core) ?? []), Number(thread)])
  }
  return [...sockets].map(([id, cores]) => ({ id, cores: [...cores].map(([core, threads]) => ({ id: core, threads })) }))
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).sort()
  } catch {
    // A container without /sys.
    return []
  }
}

/** EINVAL: the speed of an interface that is down. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EINVAL', 'EOPNOTSUPP', 'EIO', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
