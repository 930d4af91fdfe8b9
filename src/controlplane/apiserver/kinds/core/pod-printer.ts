import type { ContainerStatus, Pod } from '../../../../kube/objects.ts'
import { age } from '../../table/ages.ts'
import { column, printer } from '../../table/columns.ts'

const columns = [
  column('Name'),
  column('Ready'),
  column('Status'),
  column('Restarts'),
  column('Age'),
  column('IP', 1),
  column('Node', 1),
  column('Nominated Node', 1),
  column('Readiness Gates', 1),
]

/** Pods as kubectl prints them (pkg/printers/internalversion printPod of 1.32). */
export const podPrinter = printer<Pod>(columns, (pod, now) => {
  const { ready, total, restarts, lastRestart } = counts(pod)
  const gates = pod.spec?.readinessGates ?? []
  const passed = gates.filter((gate) => pod.status?.conditions?.some(({ type, status }) => type === gate.conditionType && status === 'True')).length
  return [
    pod.metadata?.name ?? '',
    `${ready}/${total}`,
    podStatus(pod),
    restarts > 0 && lastRestart ? `${restarts} (${age(lastRestart, now)} ago)` : String(restarts),
    age(pod.metadata?.creationTimestamp, now),
    pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>',
    pod.spec?.nodeName || '<none>',
    pod.status?.nominatedNodeName || '<none>',
    gates.length > 0 ? `${passed}/${gates.length}` : '<none>',
  ]
})

function counts(pod: Pod) {
  const sidecars = new Set((pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name))
  const inits = pod.status?.initContainerStatuses ?? []
  const shown = [...(pod.status?.containerStatuses ?? []), ...inits.filter(({ name }) => sidecars.has(name))]
  const restarting = initsDone(pod) ? shown : inits
  const finished = restarting.map((status) => status.lastState?.terminated?.finishedAt).filter((at) => at !== undefined)
  return {
    ready: shown.filter((status) => status.ready && status.state?.running).length,
    total: (pod.spec?.containers.length ?? 0) + sidecars.size,
    restarts: restarting.reduce((sum, status) => sum + status.restartCount, 0),
    lastRestart: finished.sort().at(-1),
  }
}

const initsDone = (pod: Pod) => initProblem(pod) === undefined

/** The Status column: the phase, or the most telling reason of a container. */
export function podStatus(pod: Pod): string {
  let reason = pod.status?.reason || pod.status?.phase || 'Unknown'
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.reason === 'SchedulingGated') reason = 'SchedulingGated'
  const init = initProblem(pod)
  if (init) reason = init
  else reason = mainReason(pod, reason)
  if (!pod.metadata?.deletionTimestamp) return reason
  if (pod.status?.reason === 'NodeLost') return 'Unknown'
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' ? reason : 'Terminating'
}

function mainReason(pod: Pod, before: string): string {
  let reason = before
  let running = false
  for (const { state, ready } of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    if (state?.waiting?.reason) reason = state.waiting.reason
    else if (state?.terminated) reason = terminatedReason(state.terminated)
    else if (ready && state?.running) running = true
  }
  if (reason !== 'Completed' || !running) return reason
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ? 'Running' : 'NotReady'
}

function terminatedReason({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode: number }): string {
  if (reason) return reason
  return signal ? `Signal:${signal}` : `ExitCode:${exitCode}`
}

function initProblem(pod: Pod): string | undefined {
  const specs = pod.spec?.initContainers ?? []
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    if (done(status, specs.find(({ name }) => name === status.name)?.restartPolicy === 'Always')) continue
    const { terminated, waiting } = status.state ?? {}
    if (terminated) return `Init:${terminatedReason(terminated)}`
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
    return `Init:${index}/${specs.length}`
  }
  return undefined
}

const done = (status: ContainerStatus, sidecar: boolean) => status.state?.terminated?.exitCode === 0 || (sidecar && status.started === true)
