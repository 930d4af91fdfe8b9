import type { PodSpec } from '../../../kube/objects.ts'
import type { Plugin } from '../framework/plugin.ts'

/** Pods that are to be placed together or not at all (KEP-4671, off by default in 1.36) are refused: placing them one by one is not what they ask for. */
export const gangScheduling: Plugin = {
  name: 'GangScheduling',
  preFilter({ pod }) {
    const spec = pod.spec as (PodSpec & { readonly schedulingGroup?: object }) | undefined
    return spec?.schedulingGroup ? { reasons: ['spec.schedulingGroup is not supported: pods are placed one by one'], isFinal: true } : undefined
  },
  mayHelp: () => false,
}
