import { type KubeClient, KubeError } from '../../../src/kube/client.ts'
import type { KubeObject, Node } from '../../../src/kube/objects.ts'
import type { CsiDriver } from './drivers.ts'

interface CsiNode extends KubeObject {
  spec?: { drivers?: { name: string; nodeID: string; topologyKeys?: string[] | null; allocatable?: { count?: number } }[] }
}

const path = '/apis/storage.k8s.io/v1/csinodes'
const nodeIds = 'csi.volume.kubernetes.io/nodeid'

/** Tells the control plane which drivers the node has: the CSINode object, the node's annotation and topology labels. Throws `KubeError`. */
export async function reportDrivers(client: KubeClient, node: Node, drivers: readonly CsiDriver[]): Promise<void> {
  const { name = '', uid } = node.metadata ?? {}
  const wanted = drivers.map((driver) => ({
    name: driver.name,
    nodeID: driver.nodeId,
    topologyKeys: Object.keys(driver.topology),
    ...(driver.maxVolumes > 0 ? { allocatable: { count: driver.maxVolumes } } : {}),
  }))
  try {
    const there = await client.get<CsiNode>(`${path}/${name}`)
    if (JSON.stringify(there.spec?.drivers ?? []) !== JSON.stringify(wanted))
      await client.update(`${path}/${name}`, { ...there, spec: { ...there.spec, drivers: wanted } })
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 404) throw error
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid: String(uid) }]
    await client.create(path, { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name, ownerReferences }, spec: { drivers: wanted } })
  }
  const ids = drivers.length === 0 ? null : JSON.stringify(Object.fromEntries(drivers.map((driver) => [driver.name, driver.nodeId])))
  const labels = Object.assign({}, ...drivers.map((driver) => driver.topology)) as Record<string, string>
  if (ids === null && node.metadata?.annotations?.[nodeIds] === undefined) return
  await client.patch(`/api/v1/nodes/${name}`, 'application/strategic-merge-patch+json', { metadata: { annotations: { [nodeIds]: ids }, labels } })
}
