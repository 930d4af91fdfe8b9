import { readdirSync, readFileSync } from 'node:fs'
import { arch } from 'node:os'
import { join } from 'node:path'
import { parseMemInfo } from './proc/memory.ts'

/** What does not change while the machine runs: `status.nodeInfo` and `status.capacity`. Identifiers are '' where the machine has none. */
export interface MachineInfo {
  readonly cores: number
  readonly memoryBytes: number
  readonly swapBytes: number
  readonly hugepages: readonly { readonly pageSizeBytes: number; readonly count: number }[]
  readonly machineId: string
  readonly systemUuid: string
  readonly bootId: string
  readonly kernelVersion: string
  readonly osImage: string
  /** As Go names it: `amd64`, `arm64`. */
  readonly architecture: string
  readonly operatingSystem: 'linux'
}

/** Reads the machine's identity and size; `root` is `/` but in tests. */
export function machineInfo({ root = '/', architecture = goArchitecture(arch()) }: { root?: string; architecture?: string } = {}): MachineInfo {
  const read = (path: string) => readIfThere(join(root, path))?.trim()
  const memory = parseMemInfo(read('proc/meminfo') ?? '')
  const machineId = read('etc/machine-id') || read('var/lib/dbus/machine-id') || ''
  return {
    cores: [...(read('proc/stat') ?? '').matchAll(/^cpu\d+ /gm)].length,
    memoryBytes: memory.get('MemTotal') ?? 0,
    swapBytes: memory.get('SwapTotal') ?? 0,
    hugepages: hugepages(join(root, 'sys/kernel/mm/hugepages')),
    machineId,
    // As cAdvisor: without firmware tables the machine id stands in.
    systemUuid: read('sys/class/dmi/id/product_uuid') || read('proc/device-tree/vm,uuid') || machineId,
    bootId: read('proc/sys/kernel/random/boot_id') ?? '',
    kernelVersion: read('proc/sys/kernel/osrelease') ?? '',
    osImage: parseOsRelease(read('etc/os-release') ?? read('usr/lib/os-release') ?? '').PRETTY_NAME ?? 'Linux',
    architecture,
    operatingSystem: 'linux',
  }
}

/** Go's name (GOARCH) of Node's architecture. */
export function goArchitecture(nodeName: string): string {
  return goNames[nodeName] ?? nodeName
}

const goNames: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le', loong64: 'loong64', mipsel: 'mipsle' }

/** Parses os-release(5): shell-like assignments with optional quotes. */
export function parseOsRelease(text: string): Readonly<Record<string, string | undefined>> {
  const fields: Record<string, string> = {}
  for (const [, name, raw = ''] of text.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)) {
    const quoted = /^(["'])(.*)\1$/.exec(raw.trim())
    fields[name as string] = quoted ? (quoted[2] ?? '').replace(/\\(["'$`\\])/g, '$1') : raw.trim()
  }
  return fields
}

function hugepages(directory: string): { pageSizeBytes: number; count: number }[] {
  let names: string[]
  try {
    names = readdirSync(directory)
  } catch {
    // A kernel without hugepages.
    return []
  }
  return names.flatMap((name) => {
    const kilobytes = /^hugepages-(\d+)kB$/.exec(name)?.[1]
    if (kilobytes === undefined) return []
    return [{ pageSizeBytes: Number(kilobytes) * 1024, count: Number(readIfThere(join(directory, name, 'nr_hugepages')) ?? 0) }]
  })
}

/** The uuid is readable to root alone: without it, do without it. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\0+$/, '')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
