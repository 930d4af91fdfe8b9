import assert from 'node:assert/strict'
import type { ReplicaSetOptions } from '../../../../src/controlplane/controllers/replica-set/replica-sets.ts'
import { isReady } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import { StatefulSetController } from '../../../../src/controlplane/controllers/stateful-set/controller.ts'
import type { ControllerRevision, Pod, StatefulSet } from '../../../../src/kube/objects.ts'
import { pods } from '../../harness.ts'
import { aStatefulSet, inDefault, template, workloadStage } from '../workload-stage.ts'

export const sets = inDefault('statefulsets.apps')
export const claims = inDefault('persistentvolumeclaims')

/** The stage with the StatefulSet `web`, and a node that makes every pod ready but those of an image that is not to be had. */
export async function setStage(more: (options: ReplicaSetOptions) => void = () => {}) {
  const at = await workloadStage((options) => {
    new StatefulSetController(options)
    more(options)
  })
  const all = () => at.list<Pod>('pods')
  const named = (name: string) => at.get<Pod>('pods', name)
  /** Until nothing moves. */
  const run = async (never = 'app:broken') => {
    for (let round = 0; round < 60; round++) {
      await at.settle()
      const waiting = (await at.activePods()).filter((pod) => !isReady(pod) && pod.status?.phase !== 'Failed' && pod.spec?.containers[0]?.image !== never)
      if (waiting.length === 0) return
      for (const pod of waiting) await at.ready(pod)
    }
    assert.fail('it never came to an end')
  }
  return {
    ...at,
    run,
    named,
    set: () => at.get<StatefulSet>(sets.resource, 'web'),
    create: (replicas: number, spec: object = {}) => at.backend.create(sets, aStatefulSet('web', replicas, spec)),
    change: async (spec: object) => {
      await at.backend.patch({ ...sets, name: 'web' }, 'application/merge-patch+json', { spec })
    },
    image: (image: string) => ({ template: template({ app: 'web' }, image) }),
    remove: (name: string) => at.backend.delete({ ...pods, name }, { gracePeriodSeconds: 0 }),
    names: async () => (await at.activePods()).map(({ metadata }) => metadata?.name).toSorted(),
    /** Image by pod. */
    images: async () => Object.fromEntries((await all()).map(({ metadata, spec }) => [metadata?.name, spec?.containers[0]?.image])),
    revisions: async () => (await at.list<ControllerRevision>('controllerrevisions.apps')).toSorted((a, b) => Number(a.revision) - Number(b.revision)),
  }
}

export const claimTemplate = (name: string) => ({
  metadata: { name, labels: { tier: 'disk' } },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
})
