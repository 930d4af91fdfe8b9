import { dirname } from 'node:path'
import { containerStates, type containers } from '../../protobuf/cri/container.ts'
import { mountPropagation, namespaceMode } from '../../protobuf/cri/linux.ts'
import { type podSandboxStatus, sandboxReady } from '../../protobuf/cri/sandbox.ts'
import type { Taken } from '../../protobuf/table.ts'
import type { ContainerId, ContainerState, PodIdentity, SandboxId, SandboxState } from '../engine.ts'
import { givenLabels } from './labels.ts'
import { givenResources } from './resources.ts'

export type ContainerStatus = NonNullable<Taken<(typeof containers.status)['response']>['status']>

/** Nanoseconds of the clock to milliseconds; 0 is no time. */
export const milliseconds = (nanoseconds: bigint): number | undefined => (nanoseconds > 0n ? Number(nanoseconds / 1_000_000n) : undefined)

/** What a runtime tells beside the status when it is asked for more: JSON of its own, of which the process's number is common to all. */
export function pidOf(info: Readonly<Record<string, string>>): number {
  // At its very beginning, as containerd and CRI-O write it: the rest, which is long, need not be read.
  const early = /^\{(?:"sandboxID":"[^"\\]*",)?"pid":(\d{1,10})[,}]/.exec(info.info ?? '')?.[1]
  if (early !== undefined) return Number(early)
  try {
    const told: unknown = JSON.parse(info.info ?? '{}')
    const pid = typeof told === 'object' && told !== null && 'pid' in told ? told.pid : 0
    return typeof pid === 'number' && Number.isSafeInteger(pid) ? pid : 0
  } catch {
    return 0
  }
}

/** A sandbox's status as the agent sees it. */
export function sandboxState(status: Taken<typeof podSandboxStatus>, pod: PodIdentity, pid: number): SandboxState {
  const networkMode = status.linux?.namespaces?.options?.network === namespaceMode.node ? 'node' : 'pod'
  const runs = status.state === sandboxReady
  const told = [status.network?.ip ?? '', ...(status.network?.additionalIps ?? []).map(({ ip }) => ip)]
  // A runtime tells the node's own address of a sandbox that has the node's network.
  const ips = runs && networkMode === 'pod' ? told.filter((ip) => ip !== '') : []
  return {
    id: status.id as SandboxId,
    pod,
    attempt: status.metadata?.attempt ?? 0,
    ready: runs && (networkMode === 'node' || ips.length > 0),
    createdAt: milliseconds(status.createdAt) ?? 0,
    ips,
    networkMode,
    pid: runs ? pid : 0,
    labels: givenLabels(status.labels),
    annotations: status.annotations,
  }
}

/** A container's status as the agent sees it. */
export function containerState(status: ContainerStatus, sandboxId: string, pod: PodIdentity, pid: number): ContainerState {
  const state = containerStates[status.state] ?? 'unknown'
  const oomKilled = status.reason === 'OOMKilled'
  return {
    id: status.id as ContainerId,
    sandboxId: sandboxId as SandboxId,
    pod,
    name: status.metadata?.name ?? '',
    attempt: status.metadata?.attempt ?? 0,
    state,
    createdAt: milliseconds(status.createdAt) ?? 0,
    ...life(state, status),
    oomKilled,
    ...(oomKilled && status.exitCode === 137 ? { signal: 9 } : {}),
    ...(status.message === '' ? {} : { error: status.message }),
    ...(state === 'exited' && status.reason !== '' ? { reason: status.reason } : {}),
    image: status.image?.userSpecifiedImage || status.image?.image || '',
    imageId: status.imageRef,
    pid: state === 'running' ? pid : 0,
    labels: givenLabels(status.labels),
    annotations: status.annotations,
    ...(status.logPath === '' ? {} : { logPath: status.logPath, storage: { logs: dirname(status.logPath) } }),
    mounts: status.mounts.map(({ hostPath, containerPath, readonly, propagation, recursiveReadOnly }) => ({
      hostPath,
      containerPath,
      readOnly: readonly,
      ...(recursiveReadOnly ? { recursiveReadOnly } : {}),
      propagation: propagation === mountPropagation.hostToContainer ? 'rslave' : propagation === mountPropagation.bidirectional ? 'rshared' : 'private',
    })),
    resources: givenResources(status.resources?.linux),
    ...(status.user?.linux ? { user: status.user.linux } : {}),
  }
}

function life(state: ContainerState['state'], status: ContainerStatus): Pick<ContainerState, 'startedAt' | 'finishedAt' | 'exitCode'> {
  const startedAt = milliseconds(status.startedAt)
  if (state === 'created' || state === 'unknown') return {}
  if (state === 'running') return { startedAt }
  const finishedAt = milliseconds(status.finishedAt)
  // A start that failed: it ended without having run, which is told as an end at its creation.
  const began = startedAt ?? milliseconds(status.createdAt)
  return { startedAt: began === undefined || finishedAt === undefined ? began : Math.min(began, finishedAt), finishedAt, exitCode: status.exitCode }
}
