import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type Docker from 'dockerode'
import type { Logger } from '../../base/log.ts'

/** linux/capability.h: who lacks it may not lower an oom_score_adj below its own. */
const CAP_SYS_RESOURCE = 24

/** Names of the capabilities by their number in linux/capability.h. */
const capabilityNames = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'LINUX_IMMUTABLE', 'NET_BIND_SERVICE'],
  ...['NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN'],
  ...['SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP', 'MAC_OVERRIDE'],
  ...['MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF', 'CHECKPOINT_RESTORE'],
]

/** Directories of /dev that a container has its own of. */
const ownOfContainers = new Set(['pts', 'shm', 'mqueue', '.lxc', '.lxd-mounts', '.udev'])

/** What the engine may give to containers: no more than it has itself. */
export interface EngineRights {
  /** What an asked oom_score_adj may be. */
  oomScore(asked: number | undefined): number | undefined
  /** Docker's settings for a privileged container. */
  privileged(): Promise<Docker.HostConfig>
}

/** An engine that has every right. */
export const everyRight: EngineRights = { oomScore: (asked) => asked, privileged: async () => ({ Privileged: true }) }

/**
 * Reads what this process may do: the engine, started beside the agent, is bound by the same rules, and runc fails a start that breaks them.
 * What cannot be given is clamped, and that is logged once: an oom_score_adj to the process's own, a privileged container to the capabilities there are.
 */
export async function engineRights(log: Logger): Promise<EngineRights> {
  const status = await readFile('/proc/self/status', 'utf8')
  const last = Number(await readFile('/proc/sys/kernel/cap_last_cap', 'utf8'))
  const missing = missingCapabilities(capabilitySet(status, 'CapBnd'), last)
  const mayLower = missingCapabilities(capabilitySet(status, 'CapEff'), CAP_SYS_RESOURCE).every((name) => name !== 'SYS_RESOURCE')
  return {
    oomScore: mayLower ? everyRight.oomScore : oomScoreFloor(Number(await readFile('/proc/self/oom_score_adj', 'utf8')), log),
    privileged: missing.length === 0 ? everyRight.privileged : once(() => lessThanPrivileged(missing, log)),
  }
}

/** A set of capabilities of /proc/<pid>/status, a bit each. */
function capabilitySet(status: string, name: 'CapBnd' | 'CapEff'): bigint {
  return BigInt(`0x${new RegExp(`^${name}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`)
}

/** Names of what a set lacks of the capabilities up to number `last`. */
export function missingCapabilities(set: bigint, last: number): string[] {
  return capabilityNames.filter((_, number) => number <= last && ((set >> BigInt(number)) & 1n) === 0n)
}

function oomScoreFloor(floor: number, log: Logger): EngineRights['oomScore'] {
  let told = false
  return (asked) => {
    if (asked === undefined || asked >= floor) return asked
    if (!told) log.warn('oom_score_adj cannot go below the agent’s own without CAP_SYS_RESOURCE: clamped', { asked, floor })
    told = true
    return floor
  }
}

/** What `--privileged` gives, part by part, but for the capabilities that are missing; /sys stays read-only, which Docker ties to the flag. */
async function lessThanPrivileged(missing: readonly string[], log: Logger): Promise<Docker.HostConfig> {
  log.warn('privileged containers get no more capabilities than the engine has: clamped', { missing })
  const devices = await hostDevices('/dev')
  return {
    CapAdd: ['ALL'],
    CapDrop: [...missing],
    MaskedPaths: [],
    ReadonlyPaths: [],
    DeviceCgroupRules: ['a *:* rwm'],
    Devices: devices.map((path) => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions: 'rwm' })),
  }
}

/** The device files below a directory, as Docker gives them to privileged containers. */
export async function hostDevices(directory: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) {
      if (!ownOfContainers.has(entry.name)) found.push(...(await hostDevices(path)))
    } else if ((entry.isCharacterDevice() || entry.isBlockDevice()) && entry.name !== 'console') found.push(path)
  }
  return found
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
