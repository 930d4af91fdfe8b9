import assert from 'node:assert/strict'
import type { Admission } from '../../../../src/controlplane/apiserver/resource.ts'
import { DaemonSetController } from '../../../../src/controlplane/controllers/daemon-set/controller.ts'
import { nodeOf } from '../../../../src/controlplane/controllers/daemon-set/placement.ts'
import { isReady } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import type { ControllerRevision, DaemonSet, KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { pods } from '../../harness.ts'
import { inDefault, template, workloadStage } from '../workload-stage.ts'

export const sets = inDefault('daemonsets.apps')

/** As a client writes it. */
export const aDaemonSet = (spec: object = {}): DaemonSet =>
  ({ metadata: { name: 'log' }, spec: { selector: { matchLabels: { app: 'log' } }, template: template({ app: 'log' }), ...spec } }) as DaemonSet

export const rolling = (rollingUpdate: object) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })

/** The stage with nodes of these names, each of which makes every pod ready but those of an image that is not to be had. */
export async function daemonStage(nodes: readonly string[], admissions: readonly Admission[] = []) {
  const at = await workloadStage((options) => void new DaemonSetController(options), admissions)
  const node = async (name: string, patch: object) => {
    await at.backend.patch({ resource: 'nodes', name }, 'application/merge-patch+json', patch)
  }
  const addNode = async (name: string) => {
    await at.backend.create({ resource: 'nodes' }, { metadata: { name } })
    // It is ready.
    await node(name, { spec: { taints: [] } })
  }
  for (const name of nodes) await addNode(name)
  /** As the scheduler does. */
  const bind = async (pod: Pod) => {
    const { name = '' } = pod.metadata ?? {}
    const binding = { metadata: { name }, target: { kind: 'Node', name: nodeOf(pod) } }
    await at.backend.createSubresource({ ...pods, name }, 'binding', binding as KubeObject)
    return at.get<Pod>('pods', name)
  }
  /** Until nothing moves but what is to become ready: a node ends the pods that are deleted. */
  const settle = async () => {
    for (;;) {
      await at.settle()
      const going = (await at.list<Pod>('pods')).filter(({ metadata }) => metadata?.deletionTimestamp)
      if (going.length === 0) return
      for (const { metadata } of going) await at.backend.delete({ ...pods, name: metadata?.name ?? '' }, { gracePeriodSeconds: 0 })
    }
  }
  /** Until nothing moves. */
  const run = async (never = 'app:broken') => {
    for (let round = 0; round < 60; round++) {
      await settle()
      const waiting = (await at.activePods()).filter((pod) => !isReady(pod) && pod.status?.phase !== 'Failed' && pod.spec?.containers[0]?.image !== never)
      if (waiting.length === 0) return
      for (const pod of waiting) await at.ready(pod.spec?.nodeName ? pod : await bind(pod))
    }
    assert.fail('it never came to an end')
  }
  return {
    ...at,
    settle,
    addNode,
    bind,
    run,
    set: () => at.get<DaemonSet>(sets.resource, 'log'),
    create: (spec: object = {}) => at.backend.create(sets, aDaemonSet(spec)),
    change: async (spec: object) => {
      await at.backend.patch({ ...sets, name: 'log' }, 'application/merge-patch+json', { spec })
    },
    node,
    image: (image: string) => ({ template: template({ app: 'log' }, image) }),
    podOn: async (name: string): Promise<Pod> => (await at.activePods()).find((pod) => nodeOf(pod) === name) ?? assert.fail(`no pod on ${name}`),
    /** Node and image of each pod that is not going. */
    placed: async () => (await at.activePods()).map((pod) => `${nodeOf(pod)} ${pod.spec?.containers[0]?.image}`).toSorted(),
    revisions: async () => (await at.list<ControllerRevision>('controllerrevisions.apps')).toSorted((a, b) => Number(a.revision) - Number(b.revision)),
    removeNode: (name: string) => at.backend.delete({ resource: 'nodes', name }),
  }
}
