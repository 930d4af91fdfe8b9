import type { PodState } from '../../../src/engine/engine.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import type { PodProbes, ProbeSubject } from './pod-probes.ts'

/** The running containers that may have probes: main ones and sidecars. */
export function probeSubjects(pod: Pod, observed: PodState, ip: string | undefined): ProbeSubject[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((init) => init.restartPolicy === 'Always')
  const specs = new Map([...sidecars, ...(pod.spec?.containers ?? [])].map((spec) => [spec.name, spec]))
  return observed.containers.flatMap((state) => {
    const spec = specs.get(state.name)
    return spec && state.state === 'running' ? [{ id: state.id, spec, ip, startedAt: state.startedAt ?? state.createdAt }] : []
  })
}

/** What the last reported status says of containers that still run holds until their probes say otherwise: an agent restart makes nothing unready. */
export function adoptVerdicts(probes: PodProbes, pod: Pod, observed: PodState): void {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
  for (const subject of probeSubjects(pod, observed, undefined)) {
    const status = statuses.find((each) => each.containerID?.endsWith(`://${subject.id}`))
    if (!status) continue
    const { startupProbe, readinessProbe } = subject.spec
    // Of most containers there is nothing to hold.
    if (!startupProbe && !readinessProbe) continue
    probes.adopt(subject.id, {
      ...(startupProbe && status.started ? { startup: true } : {}),
      ...(readinessProbe ? { readiness: status.ready } : {}),
    })
  }
}
