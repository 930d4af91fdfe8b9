import type { ConfigMap, Secret } from '../../../src/kube/objects.ts'
import { SourceUnavailableError, type VolumeSources } from '../../../src/volumes/volume.ts'
import type { NodeFacts } from '../rules.ts'
import type { PodScope } from '../scope.ts'

/** What volumes ask of the node, answered by the node-level actors. */
export function volumeSources(scope: PodScope, facts: NodeFacts): VolumeSources {
  const { rules } = scope.environment
  return {
    secret: (namespace, name) => scope.object('Secret', namespace, name) as Promise<Secret | undefined>,
    configMap: (namespace, name) => scope.object('ConfigMap', namespace, name) as Promise<ConfigMap | undefined>,
    async serviceAccountToken({ serviceAccount, audiences, expirationSeconds }) {
      const answer = await scope.token({ serviceAccount, audiences, expirationSeconds })
      if (!answer.ok) throw answer.away ? new SourceUnavailableError(answer.message) : new Error(answer.message)
      return answer
    },
    trustBundle: (request) => scope.trustBundle(request),
    boundVolume: (claim, owned) => scope.boundVolume(claim, owned),
    publishCsi: (volume) => scope.publishCsi(volume),
    refreshCsi: (volume) => scope.refreshCsi(volume),
    downwardField: (pod, fieldPath) => rules.downwardField(pod, fieldPath),
    downwardResource: (pod, selector) => rules.downwardResource(pod, facts.node, selector),
    allocatableMemoryBytes: rules.quantityBytes(String(facts.node?.status?.allocatable?.memory ?? '0')),
  }
}
