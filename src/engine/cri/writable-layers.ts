import { containers } from '../../protobuf/cri/container.ts'
import type { ContainerId, LayerUse } from '../engine.ts'
import type { CriConnection } from './connection.ts'

/** What each container has written to its own file system, as the runtime measures it. Those that it has not measured are left out. */
export async function writableLayers(connection: CriConnection): Promise<ReadonlyMap<ContainerId, LayerUse>> {
  const { stats } = await connection.read('ask what containers use', containers.listStats, {})
  const found = new Map<ContainerId, LayerUse>()
  for (const { attributes, writableLayer } of stats) {
    if (!attributes || !writableLayer?.usedBytes) continue
    found.set(attributes.id as ContainerId, { bytes: writableLayer.usedBytes.value, inodes: writableLayer.inodesUsed?.value ?? 0 })
  }
  return found
}
