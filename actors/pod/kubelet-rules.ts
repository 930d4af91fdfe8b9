import { downwardField, downwardResource } from '../../src/kube/downward.ts'
import { wholeUnits } from '../../src/kube/quantity.ts'
import { containerConfig } from './container-config/container-config.ts'
import { desiredResources } from './container-config/desired-resources.ts'
import { sandboxConfig } from './container-config/sandbox-config.ts'
import { plan } from './plan/plan.ts'
import type { PodRules } from './rules.ts'
import { podStatus } from './status/pod-status.ts'

/** The kubelet's rules, in one place. */
export const kubeletRules: PodRules = {
  plan,
  status: podStatus,
  desiredResources,
  sandboxConfig,
  containerConfig,
  downwardField: (pod, path) => downwardField(pod, path),
  downwardResource: (pod, node, selector) => downwardResource(pod, node, selector),
  quantityBytes: wholeUnits,
}
