import type { Storage } from '../../../../src/controlplane/apiserver/storage/storage.ts'
import { DeploymentController } from '../../../../src/controlplane/controllers/deployment/deployments.ts'
import { DisruptionController } from '../../../../src/controlplane/controllers/disruption/controller.ts'
import { ReplicaSetController } from '../../../../src/controlplane/controllers/replica-set/replica-sets.ts'
import { replicaSetKind } from '../../../../src/controlplane/controllers/replica-set/replicated.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject, Pod, PodDisruptionBudget, Status } from '../../../../src/kube/objects.ts'
import { aPod, pods } from '../../harness.ts'
import { inDefault, workloadStage } from '../workload-stage.ts'

export const budgets = inDefault('poddisruptionbudgets.policy')

/** A stage with Deployments, ReplicaSets and budgets, whose pods become ready when told to. */
export async function budgetStage(storage?: Storage) {
  const at = await workloadStage(
    (options) => {
      new ReplicaSetController(options, replicaSetKind)
      new DeploymentController(options)
      new DisruptionController(options)
    },
    [],
    storage,
  )
  const { backend } = at
  return {
    ...at,
    budget: (spec: object, name = 'web') =>
      backend.create(budgets, { metadata: { name }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec } } as KubeObject),
    status: async (name = 'web') => ((await backend.get({ ...budgets, name })) as PodDisruptionBudget).status,
    /** A running pod of nobody's; ready unless said. */
    lonePod: async (name: string, { ready = true, labels = { app: 'web' } as Record<string, string> } = {}) => {
      await backend.create(pods, aPod(name, { labels, nodeName: 'n' }))
      await at.ready((await backend.get({ ...pods, name })) as Pod, ready ? 'True' : 'False')
    },
    allReady: async () => {
      await at.settle()
      for (const pod of await at.activePods()) await at.ready(pod)
      await at.settle()
    },
    /** What is answered to an eviction that is refused. */
    evict: async (name: string, deleteOptions?: object): Promise<Status | undefined> => {
      const body = { metadata: { name }, ...(deleteOptions && { deleteOptions }) } as KubeObject
      try {
        await backend.createSubresource({ ...pods, name }, 'eviction', body)
        return undefined
      } catch (error) {
        if (error instanceof KubeError && error.status) return error.status
        throw error
      }
    },
  }
}
