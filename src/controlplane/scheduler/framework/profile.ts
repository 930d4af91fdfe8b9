import { interPodAffinity } from '../plugins/inter-pod-affinity.ts'
import { nodeAffinity } from '../plugins/node-affinity.ts'
import { nodePorts } from '../plugins/node-ports.ts'
import { nodeResourcesFit } from '../plugins/node-resources-fit.ts'
import { nodeUnschedulable } from '../plugins/node-unschedulable.ts'
import { podTopologySpread } from '../plugins/pod-topology-spread.ts'
import { taintToleration } from '../plugins/taint-toleration.ts'
import type { Plugin } from './plugin.ts'

/** The default profile of kube-scheduler 1.36, in its order, as far as it has an effect here. */
export const defaultPlugins: readonly Plugin[] = [
  nodeUnschedulable,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  podTopologySpread,
  interPodAffinity,
]
