import { containers } from '../../protobuf/cri/container.ts'
import type { ContainerId } from '../engine.ts'
import type { LinuxResources } from '../settings.ts'
import type { CriConnection } from './connection.ts'
import { linuxResources } from './resources.ts'

/** What is not given stays. */
export async function updateResources(connection: CriConnection, id: ContainerId, resources: LinuxResources): Promise<void> {
  const linux = linuxResources(resources)
  // Swap is the memory limit: without it a runtime would leave the old one, which may be lower.
  const swap = resources.memoryLimitBytes === undefined ? {} : { memorySwapLimitInBytes: resources.memoryLimitBytes }
  await connection.change(`update container ${id}`, containers.updateResources, { containerId: id, linux: { ...linux, ...swap } })
}
