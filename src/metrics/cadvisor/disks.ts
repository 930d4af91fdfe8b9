import type { IoStats } from '../../stats/cgroup/types.ts'
import type { FilesystemStats } from '../../stats/filesystem.ts'
import type { CgroupSample } from '../../stats/sampler.ts'
import type { Exposition, Labels } from '../exposition.ts'
import type { ContainerSnapshot, NodeSnapshot } from '../snapshot.ts'

/** Writes what was read from and written to block devices, each for itself; what never touched one has its sums under `device=""`. */
export function ioWriter(out: Exposition, devices: ReadonlyMap<string, string>): (labels: Labels, sample: CgroupSample) => void {
  const counter = (name: string, help: string) => out.family(name, 'counter', help)
  const families = [
    [counter('container_fs_reads_bytes_total', 'Cumulative count of bytes read'), 'readBytes'],
    [counter('container_fs_writes_bytes_total', 'Cumulative count of bytes written'), 'writeBytes'],
    [counter('container_fs_reads_total', 'Cumulative count of reads completed'), 'reads'],
    [counter('container_fs_writes_total', 'Cumulative count of writes completed'), 'writes'],
  ] as const
  const usage = counter('container_blkio_device_usage_total', 'Blkio Device bytes usage')
  const write = (labels: Labels, io: Omit<IoStats, 'devices'>, at: number) => {
    for (const [add, column] of families) add(labels, io[column], at)
  }
  return (labels, { io, at }) => {
    if (!io.devices || io.devices.length === 0) return write({ ...labels, device: '' }, io, at)
    for (const each of io.devices) {
      const [major = '', minor = ''] = each.device.split(':')
      const device = devices.get(each.device) ?? ''
      write({ ...labels, device }, each, at)
      usage({ ...labels, device, major, minor, operation: 'Read' }, each.readBytes, at)
      usage({ ...labels, device, major, minor, operation: 'Write' }, each.writeBytes, at)
    }
  }
}

/** Writes how full file systems are: what a container has written to its own layer, and the node's. */
export function spaceWriters(out: Exposition) {
  const gauge = (name: string, help: string) => out.family(name, 'gauge', help)
  const used = gauge('container_fs_usage_bytes', 'Number of bytes that are consumed by the container on this filesystem.')
  const limit = gauge('container_fs_limit_bytes', 'Number of bytes that can be consumed by the container on this filesystem.')
  const free = gauge('container_fs_inodes_free', 'Number of available Inodes')
  const write = (labels: Labels, bytes: number, filesystem: FilesystemStats | undefined) => {
    used(labels, bytes)
    limit(labels, filesystem?.capacityBytes)
    free(labels, filesystem?.inodesFree)
  }
  return {
    container(labels: Labels, { rootfs }: ContainerSnapshot, { host, imagefs, nodefs }: NodeSnapshot): void {
      if (rootfs) write({ ...labels, device: host.imagefsDevice }, rootfs.bytes, imagefs ?? nodefs)
    },
    node(labels: Labels, { host, imagefs, nodefs }: NodeSnapshot): void {
      if (nodefs) write({ ...labels, device: host.nodefsDevice }, nodefs.usedBytes, nodefs)
      if (imagefs && host.imagefsDevice !== host.nodefsDevice) write({ ...labels, device: host.imagefsDevice }, imagefs.usedBytes, imagefs)
    },
  }
}
