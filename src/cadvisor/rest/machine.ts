import type { NodeSnapshot } from '../../metrics/snapshot.ts'
import type { FilesystemStats } from '../../stats/filesystem.ts'
import { type Hardware, readHardware } from '../../stats/hardware.ts'
import { type Mount, mountOf } from '../../stats/mounts.ts'
import type { CadvisorSources } from '../sources.ts'
import { rfc3339 } from './stats.ts'

/** A watched file system with its device and its newest figures. */
interface Filesystem {
  readonly labels: readonly string[]
  readonly mount: Mount
  readonly space: FilesystemStats | undefined
}

/** What the API tells of the machine. The hardware is read once, when first asked for. */
export class Machine {
  readonly #sources: CadvisorSources
  #hardware: Hardware | undefined
  #mounts: ReadonlyMap<string, Mount> | undefined

  constructor(sources: CadvisorSources) {
    this.#sources = sources
  }

  /** The node's own file system. */
  root(snapshot: NodeSnapshot): Filesystem {
    return (
      this.filesystems(snapshot).find(({ labels }) => labels.includes('root')) ?? {
        labels: ['root'],
        mount: { device: '', mountpoint: '/', type: '' },
        space: snapshot.nodefs,
      }
    )
  }

  /** The node's and the images' file system; one with two labels when they are the same. */
  filesystems(snapshot: NodeSnapshot): Filesystem[] {
    this.#mounts ??= new Map(this.#sources.filesystems.map(({ label, path }) => [label, mountOf(path) ?? { device: '', mountpoint: path, type: '' }]))
    const found: Filesystem[] = []
    for (const [label, mount] of this.#mounts) {
      const index = found.findIndex((each) => each.mount.mountpoint === mount.mountpoint)
      const same = found[index]
      const space = label === 'images' ? (snapshot.imagefs ?? snapshot.nodefs) : snapshot.nodefs
      // cAdvisor's name of the file system of Docker's images.
      const name = label === 'images' ? 'docker-images' : label
      if (same) found[index] = { ...same, labels: [...same.labels, name] }
      else found.push({ labels: [name], mount, space })
    }
    return found
  }

  /** cAdvisor's MachineInfo. */
  info(snapshot: NodeSnapshot): Readonly<Record<string, unknown>> {
    this.#hardware ??= readHardware()
    const { machine } = snapshot
    const hardware = this.#hardware
    const hugepages = machine.hugepages.map(({ pageSizeBytes, count }) => ({ page_size: pageSizeBytes / 1024, num_pages: count }))
    return {
      timestamp: rfc3339(snapshot.stats?.at ?? snapshot.agent.startedAt),
      vendor_id: hardware.vendorId,
      num_cores: machine.cores,
      num_physical_cores: hardware.sockets.reduce((sum, { cores }) => sum + cores.length, 0) || machine.cores,
      num_sockets: hardware.sockets.length || 1,
      cpu_frequency_khz: hardware.frequencyKhz,
      memory_capacity: machine.memoryBytes,
      swap_capacity: machine.swapBytes,
      memory_by_type: {},
      nvm: { memory_mode_capacity: 0, app_direct_mode_capacity: 0, avg_power_budget: 0 },
      hugepages,
      machine_id: machine.machineId,
      system_uuid: machine.systemUuid,
      boot_id: machine.bootId,
      filesystems: this.filesystems(snapshot).map(({ mount, space }) => ({
        device: mount.device,
        capacity: space?.capacityBytes ?? 0,
        type: 'vfs',
        inodes: space?.inodes ?? 0,
        has_inodes: true,
      })),
      disk_map: Object.fromEntries(
        hardware.disks.map(({ name, major, minor, bytes, scheduler }) => [`${major}:${minor}`, { name, major, minor, size: bytes, scheduler }]),
      ),
      network_devices: hardware.networkDevices.map(({ name, mac, speedMbit, mtu }) => ({ name, mac_address: mac, speed: speedMbit, mtu })),
      topology: hardware.sockets.map(({ id, cores }) => ({
        node_id: id,
        memory: Math.round(machine.memoryBytes / hardware.sockets.length),
        hugepages: null,
        cores: cores.map((core) => ({ core_id: core.id, thread_ids: core.threads, caches: null, uncore_caches: null, socket_id: id })),
        caches: null,
        distances: null,
      })),
      cloud_provider: 'Unknown',
      instance_type: 'Unknown',
      instance_id: 'None',
    }
  }

  /** cAdvisor's v2 Attributes. */
  attributes(snapshot: NodeSnapshot): object {
    const info = this.info(snapshot)
    const kept = [
      'num_cores',
      'cpu_frequency_khz',
      'memory_capacity',
      'machine_id',
      'system_uuid',
      'hugepages',
      'filesystems',
      'disk_map',
      'network_devices',
      'topology',
      'cloud_provider',
      'instance_type',
    ]
    const { engine, version } = this.#sources
    return {
      kernel_version: snapshot.machine.kernelVersion,
      container_os_version: snapshot.machine.osImage,
      docker_version: engine.version,
      docker_api_version: '',
      cadvisor_version: version,
      ...Object.fromEntries(kept.map((key) => [key, info[key]])),
    }
  }

  /** cAdvisor's v2 FsInfo; of one label, or of all. */
  storage(snapshot: NodeSnapshot, label: string | undefined): object[] {
    const at = rfc3339(snapshot.stats?.at ?? snapshot.agent.startedAt)
    return this.filesystems(snapshot)
      .filter(({ labels }) => label === undefined || labels.includes(label))
      .map(({ labels, mount, space }) => ({
        timestamp: at,
        device: mount.device,
        mountpoint: mount.mountpoint,
        capacity: space?.capacityBytes ?? 0,
        available: space?.availableBytes ?? 0,
        usage: space?.usedBytes ?? 0,
        labels,
        inodes: space?.inodes ?? 0,
        inodes_free: space?.inodesFree ?? 0,
      }))
  }
}
