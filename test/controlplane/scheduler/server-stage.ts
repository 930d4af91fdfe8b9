import { silentLogger } from '../../../src/base/log.ts'
import { Informers } from '../../../src/controlplane/controllers/runtime/informer.ts'
import { Scheduler, type SchedulerOptions } from '../../../src/controlplane/scheduler/scheduler.ts'
import type { KubeObject, Node, Pod } from '../../../src/kube/objects.ts'
import { makeBackend, pods } from '../harness.ts'

type WorkloadOptions = SchedulerOptions & { readonly informers: Informers }

/** A server in-process with a scheduler on a manual clock, and the controllers that `start` makes. */
export async function schedulerStage(options: Parameters<typeof makeBackend>[0] = {}, start?: (options: WorkloadOptions) => void) {
  const made = await makeBackend(options)
  const { backend, clock } = made
  const stopping = new AbortController()
  let next = 0
  start?.({ backend, clock, log: silentLogger, signal: stopping.signal, informers: new Informers(backend, stopping.signal) })
  const running = new Scheduler({ backend, clock, log: silentLogger, signal: stopping.signal, random: () => (next = (next + 0.37) % 1) }).run()
  const get = async (name: string) => (await backend.get({ ...pods, name })) as Pod
  const events = async () => (await backend.list({ resource: 'events' })).items as readonly (KubeObject & { reason?: string; message?: string })[]
  return {
    ...made,
    get,
    settle: async () => {
      for (let turn = 0; turn < 30; turn++) await clock.advance(0)
    },
    create: (pod: Pod) => backend.create({ ...pods, namespace: pod.metadata?.namespace ?? 'default' }, pod),
    makeNode: async (node: Node) => {
      const made = await backend.create({ resource: 'nodes' }, node)
      // A new node has the taint of one that is not ready.
      await backend.update({ resource: 'nodes', name: node.metadata?.name ?? '' }, { ...made, spec: node.spec } as Node)
    },
    nodeOf: async (name: string) => (await get(name)).spec?.nodeName,
    why: async (name: string) => (await get(name)).status?.conditions?.find(({ type }) => type === 'PodScheduled'),
    messages: async (reason: string) => (await events()).filter((event) => event.reason === reason).map(({ message = '' }) => message),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}
