import type { Filtering, Plugin, Refusal } from '../framework/plugin.ts'
import type { NodeInfo } from '../snapshot/node-info.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'
import { shareDisk } from './shared-disks.ts'

const inUse: Refusal = { reasons: ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'] }
const noDisk: Refusal = { reasons: ['node(s) had no available disk'] }

/** A claim with ReadWriteOncePod has one pod, wherever it is; some disks have one pod of a node. */
export const volumeRestrictions: Plugin = {
  name: 'VolumeRestrictions',
  preFilter(pod, cluster) {
    const exclusive = pod.claims.filter((name) => cluster.objects.claim(pod.namespace, name)?.spec?.accessModes?.includes('ReadWriteOncePod'))
    const hasDisks = (pod.pod.spec?.volumes ?? []).some(
      ({ gcePersistentDisk, awsElasticBlockStore, iscsi, rbd }) => gcePersistentDisk ?? awsElasticBlockStore ?? iscsi ?? rbd,
    )
    if (exclusive.length === 0 && !hasDisks) return undefined
    const users = exclusive.reduce((count, name) => count + cluster.usersOfClaim(pod.namespace, name), 0)
    return new VolumeFiltering(pod, exclusive, users)
  },
  mayHelp(event, pod) {
    if (event.kind === 'node') return event.changed.added
    if (event.kind === 'object') return event.resource === 'persistentvolumeclaims'
    return event.change === 'gone' && (event.pod.namespace === pod.namespace || (pod.pod.spec?.volumes?.length ?? 0) > 0)
  },
}

class VolumeFiltering implements Filtering {
  readonly #pod: PodInfo
  readonly #exclusive: readonly string[]
  #users: number

  constructor(pod: PodInfo, exclusive: readonly string[], users: number) {
    this.#pod = pod
    this.#exclusive = exclusive
    this.#users = users
  }

  filter(node: NodeInfo): Refusal | undefined {
    const volumes = this.#pod.pod.spec?.volumes ?? []
    for (const other of node.pods.values())
      for (const theirs of other.pod.spec?.volumes ?? []) if (volumes.some((ours) => shareDisk(ours, theirs))) return noDisk
    return this.#users > 0 ? inUse : undefined
  }

  copy(): Filtering {
    return new VolumeFiltering(this.#pod, this.#exclusive, this.#users)
  }

  change(pod: PodInfo, _node: NodeInfo, by: 1 | -1): void {
    if (pod.namespace === this.#pod.namespace) for (const name of this.#exclusive) if (pod.claims.includes(name)) this.#users += by
  }
}
