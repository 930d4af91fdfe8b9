import { balancedAllocation } from '../plugins/balanced-allocation.ts'
import { dynamicResources } from '../plugins/dynamic-resources.ts'
import { gangScheduling } from '../plugins/gang-scheduling.ts'
import { imageLocality } from '../plugins/image-locality.ts'
import { interPodAffinity } from '../plugins/inter-pod-affinity.ts'
import { nodeAffinity } from '../plugins/node-affinity.ts'
import { nodePorts } from '../plugins/node-ports.ts'
import { nodeResourcesFit } from '../plugins/node-resources-fit.ts'
import { nodeUnschedulable } from '../plugins/node-unschedulable.ts'
import { nodeVolumeLimits } from '../plugins/node-volume-limits.ts'
import { podTopologySpread } from '../plugins/pod-topology-spread.ts'
import { taintToleration } from '../plugins/taint-toleration.ts'
import { volumeBinding } from '../plugins/volume-binding.ts'
import { volumeRestrictions } from '../plugins/volume-restrictions.ts'
import { volumeZone } from '../plugins/volume-zone.ts'
import type { Plugin } from './plugin.ts'

/** The default profile of kube-scheduler 1.36, in its order, as far as it has an effect here. */
export const defaultPlugins: readonly Plugin[] = [
  nodeUnschedulable,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  volumeRestrictions,
  nodeVolumeLimits,
  volumeBinding,
  volumeZone,
  podTopologySpread,
  interPodAffinity,
  dynamicResources,
  gangScheduling,
  balancedAllocation,
  imageLocality,
]
