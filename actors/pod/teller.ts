import { isDeepStrictEqual } from 'node:util'
import type { PodState } from '../../src/engine/engine.ts'
import type { PodStatus } from '../../src/kube/objects.ts'
import type { MountedVolume } from '../../src/volumes/volume.ts'
import type { Address } from '../kernel/types.ts'
import { type ContainersObserved, type EvictedPodGone, nodeAddresses, type ProbeCountsMessage } from '../node/messages.ts'
import { isProgress } from '../node/status-patch.ts'
import { readySandbox } from './carry-out.ts'
import type { PodFinished, PodOrigin, PodStatusReport, ProbeKind } from './messages.ts'
import type { ProbeSeries } from './probes/tally.ts'
import type { PodScope } from './scope.ts'

type Processes = Omit<ContainersObserved, 'type' | 'pod'>

const none: Processes = { sandboxPid: 0, containers: [], volumes: [] }

/** What a pod's actor tells the node, each once for each difference. */
export class PodTeller {
  readonly #scope: PodScope
  readonly #origin: PodOrigin
  #reported: Pick<PodStatusReport, 'status' | 'cleanedUp'> & { readonly ending: boolean } = { status: {} as PodStatus, cleanedUp: false, ending: false }
  #processes: Processes = none

  constructor(scope: PodScope, origin: PodOrigin) {
    this.#scope = scope
    this.#origin = origin
  }

  /** What became of the pod. `ending` alone is a difference: a deletion may come after the clean-up. */
  status(status: PodStatus, cleanedUp: boolean, ending: boolean): void {
    const said = { status, cleanedUp, ending }
    if (isDeepStrictEqual(said, this.#reported)) return
    // Of mere progress the status reporter holds back more than that.
    const patient = !cleanedUp && !ending && isProgress(this.#reported.status, status)
    this.#reported = said
    const { uid, namespace, name, context } = this.#scope
    const report: PodStatusReport = { type: 'PodStatusReport', uid, namespace, name, origin: this.#origin, status, cleanedUp }
    context.send(nodeAddresses.statusReporter, report, { mergeKey: uid, patient })
  }

  /** What runs and what it has, for whoever samples it. */
  processes(observed: PodState, mounted: ReadonlyMap<string, MountedVolume>): void {
    const containers = observed.containers
      .filter(({ state, pid }) => state === 'running' && pid > 0)
      .map(({ id, name, attempt, pid, image, startedAt, storage }) => ({ id, name, attempt, pid, image, startedAt, storage }))
    const sandboxPid = readySandbox(observed)?.pid ?? 0
    const volumes = [...mounted.values()].flatMap(({ name, claim, statistics }) => (statistics ? [{ name, claim, statistics }] : []))
    const processes: Processes = { sandboxPid, containers, volumes }
    if (isDeepStrictEqual(processes, this.#processes)) return
    this.#processes = processes
    const { uid, namespace, name, context } = this.#scope
    const message: ContainersObserved = { type: 'ContainersObserved', pod: { uid, name, namespace }, ...processes }
    context.send(nodeAddresses.resources, message, { mergeKey: uid, patient: true })
  }

  /** An evicted pod has gone, or has nothing to give back. */
  gone(to: Address): void {
    this.#scope.context.send(to, { type: 'EvictedPodGone', uid: this.#scope.uid } satisfies EvictedPodGone)
  }

  /** Nothing of it is left: its actor may go. */
  finished(): void {
    const { uid, context } = this.#scope
    context.send(nodeAddresses.director, { type: 'PodFinished', uid } satisfies PodFinished)
  }

  /** A probe was tried; counts go out now and then, for all pods of the host together. */
  tried(container: string, kind: ProbeKind, result: ProbeSeries['result']): void {
    const { uid, namespace, name: pod, context, environment } = this.#scope
    const counts = environment.probeTally.add({ namespace, pod, uid, container, kind, result }, context.clock.monotonic())
    if (counts) context.send(nodeAddresses.probeCounts, { type: 'ProbesTried', counts } satisfies ProbeCountsMessage, { patient: true })
  }
}
