import { classOf } from '../../volume-binding/storage-class.ts'
import type { Plugin, Refusal } from '../framework/plugin.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

const refusal: Refusal = { reasons: ['node(s) exceed max volume count'] }

/** A node has as many volumes of a CSI driver as the driver says there (CSINode). */
export const nodeVolumeLimits: Plugin = {
  name: 'NodeVolumeLimits',
  preFilter(pod, cluster) {
    const wanted = volumesOf(pod, cluster)
    if (wanted.size === 0) return undefined
    return {
      filter(node) {
        const limits = (cluster.objects.csiNode(node.name)?.spec?.drivers ?? []).flatMap(({ name, allocatable }) =>
          allocatable?.count === undefined ? [] : [[name, allocatable.count] as const],
        )
        if (limits.length === 0) return undefined
        const there = new Map([...node.pods.values()].flatMap((other) => [...volumesOf(other, cluster)]))
        for (const [driver, limit] of limits) {
          const added = [...wanted].filter(([id, name]) => name === driver && !there.has(id)).length
          if (added > 0 && added + [...there.values()].filter((name) => name === driver).length > limit) return refusal
        }
        return undefined
      },
    }
  },
  mayHelp(event) {
    if (event.kind === 'node') return event.changed.added
    return event.kind === 'pod' ? event.change === 'gone' : ['csinodes', 'persistentvolumeclaims', 'persistentvolumes'].includes(event.resource)
  },
}

/** The CSI volumes of a pod, those to be made too, each with its driver. */
function volumesOf({ namespace, claims }: PodInfo, { objects }: Cluster): Map<string, string> {
  const found = new Map<string, string>()
  for (const name of claims) {
    const claim = objects.claim(namespace, name)
    if (!claim) continue
    const csi = objects.volume(claim.spec?.volumeName ?? '')?.spec?.csi
    if (csi) found.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver)
    else if (!claim.spec?.volumeName) {
      const provisioner = objects.storageClass(classOf(claim))?.provisioner
      if (provisioner) found.set(`${provisioner}/${namespace}/${name}`, provisioner)
    }
  }
  return found
}
