import { own } from '../../../base/own.ts'
import type { Plugin, Refusal } from '../framework/plugin.ts'
import type { Cluster } from '../snapshot/cluster.ts'
import type { PodInfo } from '../snapshot/pod-info.ts'

const refusal: Refusal = { reasons: ['node(s) had no available volume zone'], isFinal: true }

/** Labels that say where a volume or a node is, with those by which they went before. */
const labels = [
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
] as const

/** Places pods in the zones and regions of their bound volumes. */
export const volumeZone: Plugin = {
  name: 'VolumeZone',
  preFilter(pod, cluster) {
    const wanted = zonesOf(pod, cluster)
    if (wanted.length === 0) return undefined
    return {
      filter(node) {
        // A node that says of no zone is in any.
        if (!labels.some((label) => label in node.labels)) return undefined
        return wanted.every(([label, zones]) => zones.has(node.labels[label] ?? node.labels[lasting(label)] ?? '')) ? undefined : refusal
      },
    }
  },
  mayHelp(event) {
    if (event.kind === 'node') return event.changed.added || event.changed.labels
    return event.kind === 'object' && ['persistentvolumeclaims', 'persistentvolumes', 'storageclasses'].includes(event.resource)
  },
}

function zonesOf({ namespace, claims }: PodInfo, { objects }: Cluster): readonly [string, ReadonlySet<string>][] {
  return claims.flatMap((name) => {
    const volume = objects.volume(objects.claim(namespace, name)?.spec?.volumeName ?? '')
    return labels.flatMap((label): [string, ReadonlySet<string>][] => {
      const value = own(volume?.metadata?.labels, label)
      // A volume that is in several zones has them all in one label.
      return value === undefined ? [] : [[label, new Set(value.split('__'))]]
    })
  })
}

const lasting = (label: string) => label.replace('failure-domain.beta', 'topology')
