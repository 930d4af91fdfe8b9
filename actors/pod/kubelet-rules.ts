import { downwardField, downwardResource } from '../../src/kube/downward.ts'
import { podUid } from '../../src/kube/ids.ts'
import { wholeUnits } from '../../src/kube/quantity.ts'
import { bindSubPath } from '../../src/volumes/sub-path.ts'
import type { Mounter } from '../../src/volumes/volume.ts'
import { containerConfig } from './container-config/container-config.ts'
import { sandboxConfig } from './container-config/sandbox-config.ts'
import { podPaths } from './paths.ts'
import { plan } from './plan/plan.ts'
import type { ContainerInput, PodRules } from './rules.ts'
import { podStatus } from './status/pod-status.ts'

/** The kubelet's rules. `bindSubPaths` false (a simulated node) takes a subPath as it is named, since nothing is on disk. */
export function kubeletRules(mounter: Mounter, options: { readonly bindSubPaths: boolean }): PodRules {
  return {
    plan,
    status: podStatus,
    sandboxConfig,
    containerConfig: (input) =>
      containerConfig(input, ({ volume, subPath, mountIndex }) =>
        options.bindSubPaths ? bindIn(mounter, input, volume, subPath, mountIndex) : Promise.resolve(`${volume.hostPath}/${subPath}`),
      ),
    downwardField: (pod, path) => downwardField(pod, path),
    downwardResource: (pod, node, selector) => downwardResource(pod, node, selector),
    quantityBytes: wholeUnits,
  }
}

function bindIn(
  mounter: Mounter,
  { pod, container, config }: ContainerInput,
  volume: { name: string; hostPath: string },
  subPath: string,
  mountIndex: number,
): Promise<string> {
  const { directory } = podPaths(config, podUid(pod.metadata?.uid ?? ''), pod)
  return bindSubPath({
    podDirectory: directory,
    volumeName: volume.name,
    containerName: container.name,
    mountIndex,
    volumePath: volume.hostPath,
    subPath,
    mounter,
  })
}
