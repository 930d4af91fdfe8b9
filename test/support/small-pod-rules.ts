import { newestByName } from '../../actors/pod/memory.ts'
import type { Action, PlanInput, PlanResult } from '../../actors/pod/plan/types.ts'
import type { PodRules } from '../../actors/pod/rules.ts'
import { ContainerConfigError } from '../../actors/pod/rules.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Pod, PodStatus } from '../../src/kube/objects.ts'

const identity = (pod: Pod) => ({ uid: podUid(pod.metadata?.uid ?? ''), name: pod.metadata?.name ?? '', namespace: pod.metadata?.namespace ?? '' })

/** The few rules that the tests of the pod actor's machinery need; the real ones have tests of their own. */
function plan({ pod, observed, memory, now }: PlanInput): PlanResult {
  const running = observed.containers.filter((each) => each.state === 'running')
  const sandbox = observed.sandboxes.find((each) => each.ready)
  const gone = memory.removed || pod.metadata?.deletionTimestamp
  if (gone || memory.eviction || memory.rejection) {
    const graceSeconds = Number(pod.metadata?.deletionGracePeriodSeconds ?? memory.eviction?.graceSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30)
    if (running.length > 0) return { actions: [{ type: 'TerminatePod', graceSeconds, reason: gone ? 'deleted' : 'evicted' }] }
    if (gone) return { actions: observed.sandboxes.length + observed.containers.length > 0 ? [{ type: 'CleanUp', removeContainers: true }] : [] }
    return { actions: sandbox ? [{ type: 'CleanUp', removeContainers: false }] : [] }
  }
  if (!memory.volumesMounted) return { actions: [{ type: 'PrepareVolumes' }] }
  if (!sandbox) return { actions: [{ type: 'CreateSandbox', attempt: observed.sandboxes.length, reason: 'first' }] }
  const newest = newestByName(observed)
  const actions: Action[] = []
  const wakes: number[] = []
  for (const { name } of pod.spec?.containers ?? []) {
    const state = newest.get(name)
    const probes = state && memory.probes[state.id]
    if (state?.state === 'running' && probes?.liveness === false)
      actions.push({
        ...{ type: 'KillContainer', id: state.id, name, graceSeconds: 5, runPreStop: true, cause: 'liveness' },
        message: `Container ${name} failed liveness probe, will be restarted`,
      })
    if (state?.state === 'running') continue
    const until = memory.restartBackoff[name]?.until ?? 0
    if (state && until > now) wakes.push(until)
    else actions.push({ type: 'StartContainer', name, role: 'main', attempt: !state ? 0 : state.state === 'created' ? state.attempt : state.attempt + 1 })
  }
  return { actions, wakeAt: wakes.length > 0 ? Math.min(...wakes) : undefined }
}

function status({ pod, observed, memory }: PlanInput): PodStatus {
  const newest = newestByName(observed)
  const containerStatuses = (pod.spec?.containers ?? []).map((container) => {
    const state = newest.get(container.name)
    const waiting = memory.waiting[container.name]
    const ready =
      state?.state === 'running' && !memory.postStartPending.includes(state.id) && (!container.readinessProbe || memory.probes[state.id]?.readiness === true)
    const terminated = { exitCode: state?.exitCode ?? 0, message: state && memory.terminationMessages[state.id] }
    return {
      ...{ name: container.name, ready, restartCount: state?.attempt ?? 0, image: '', imageID: '', containerID: state && `fake://${state.id}` },
      state: state?.state === 'running' ? { running: {} } : state?.state === 'exited' && !waiting ? { terminated } : { waiting },
    }
  })
  const ready = containerStatuses.length > 0 && containerStatuses.every((each) => each.ready)
  const phase = memory.rejection || memory.eviction ? 'Failed' : observed.containers.some((each) => each.state === 'running') ? 'Running' : 'Pending'
  const failed = memory.rejection ?? memory.eviction
  return {
    phase,
    reason: failed?.reason,
    message: memory.volumeError,
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses,
  } as PodStatus
}

export const smallPodRules: PodRules = {
  plan,
  status,
  desiredResources: () => undefined,
  sandboxConfig: ({ pod, attempt, logDirectory }) => ({
    ...{ pod: identity(pod), attempt, labels: {}, annotations: {}, logDirectory, portMappings: [], sysctls: {}, resources: {}, security: {} },
    namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
  }),
  containerConfig({ pod, container, attempt, image, objects, ownMounts }) {
    for (const { valueFrom } of container.env ?? []) {
      const name = valueFrom?.secretKeyRef?.name
      if (name && !objects.has(`Secret/${name}`)) throw new ContainerConfigError('CreateContainerConfigError', `secret "${name}" not found`)
    }
    return {
      skippedVariables: [],
      config: {
        ...{ pod: identity(pod), name: container.name, attempt, image: image.id, imageSpec: container.image ?? '' },
        ...{ command: container.command ?? [], args: container.args ?? [], env: [], mounts: ownMounts, devices: [], labels: {}, annotations: {} },
        ...{ stdin: false, stdinOnce: false, tty: false, resources: {}, security: {} },
        namespaces: { network: 'pod', pid: 'container', ipc: 'pod' },
      },
    }
  },
  downwardField: () => '',
  downwardResource: () => '',
  quantityBytes: Number,
}
