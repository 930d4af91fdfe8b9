import { assertNever } from '../../../src/base/assert-never.ts'
import type { EvictionSignal } from '../../../src/config/eviction.ts'
import type { Pod } from '../../../src/kube/objects.ts'
import { podRequests } from '../../../src/kube/pod-requests.ts'
import { priorityOf } from '../admission/critical.ts'
import type { ResourceSample } from '../resource-reader.ts'
import type { ContainerUse, PodUse } from '../resources.ts'
import { isLocalEphemeral } from './local-storage.ts'
import { meaningOf, type StarvedResource } from './signals.ts'

/** A pod of which something runs, with its last reading. */
export interface Candidate {
  readonly pod: Pod
  readonly use: Pick<PodUse, 'containers' | 'volumes'>
}

/** Everything on one file system; images with what containers write on one of their own; or images alone on one of their own. */
export type DiskLayout = 'one' | 'images-apart' | 'split'

export const layoutOf = (sample: Pick<ResourceSample, 'dedicatedImagefs' | 'containerfs'> | undefined): DiskLayout =>
  !sample?.dedicatedImagefs ? 'one' : sample.containerfs ? 'split' : 'images-apart'

/**
 * The pods in the order in which they go, kubelet 1.32: those that use more than they asked for first, then by priority, then by how much
 * more they use; under PID pressure by priority, then by processes.
 */
export function rankForEviction(candidates: readonly Candidate[], signal: EvictionSignal, disks: DiskLayout): readonly Candidate[] {
  const { resource } = meaningOf[signal]
  const ranked = candidates.map((candidate) => {
    const used = usage(candidate, resource, signal, disks)
    const above = used - requested(candidate.pod, resource)
    return { candidate, exceeds: resource !== 'pids' && above > 0, priority: priorityOf(candidate.pod), above }
  })
  ranked.sort((a, b) => Number(b.exceeds) - Number(a.exceeds) || a.priority - b.priority || b.above - a.above)
  return ranked.map(({ candidate }) => candidate)
}

/** The whole pod's use of what is short. With a file system of their own for images, only what lies on the one that is short counts. */
function usage({ pod, use }: Candidate, resource: StarvedResource, signal: EvictionSignal, disks: DiskLayout): number {
  const { containers } = use
  if (resource === 'memory') return total(containers.map(memoryOf))
  if (resource === 'pids') return total(containers.map(({ sample }) => sample.pids.processes ?? sample.pids.current ?? 0))
  const onImagefs = signal.startsWith('imagefs')
  const local = new Set((pod.spec?.volumes ?? []).filter(isLocalEphemeral).map(({ name }) => name))
  const layers = containers.map(({ rootfs }) => rootfs)
  const others = [...containers.map(({ logs }) => logs), ...use.volumes.filter(({ name }) => local.has(name)).map(({ use }) => use)]
  const parts = [...(lieOn(disks, onImagefs).layers ? layers : []), ...(lieOn(disks, onImagefs).others ? others : [])]
  return total(parts.map((part) => (resource === 'inodes' ? part?.inodes : part?.bytes) ?? 0))
}

/** What of a pod lies on the file system that is short: kubelet 1.36, buildSignalToRankFunc. */
function lieOn(disks: DiskLayout, onImagefs: boolean): { readonly layers: boolean; readonly others: boolean } {
  switch (disks) {
    case 'one':
      return { layers: true, others: true }
    case 'images-apart':
      return { layers: onImagefs, others: !onImagefs }
    case 'split':
      // Images are no pod's own.
      return { layers: !onImagefs, others: !onImagefs }
    default:
      return assertNever(disks)
  }
}

/** Bytes that the kernel could not take back. */
export const memoryOf = ({ sample }: Pick<ContainerUse, 'sample'>): number => sample.memory.workingSetBytes ?? 0

/** Nothing is asked of inodes and processes. A static pod's quantity may be none. */
function requested(pod: Pod, resource: StarvedResource): number {
  if (resource === 'inodes' || resource === 'pids') return 0
  try {
    return podRequests(pod).get(resource) ?? 0
  } catch {
    return 0
  }
}

const total = (amounts: readonly number[]): number => amounts.reduce((sum, each) => sum + each, 0)
