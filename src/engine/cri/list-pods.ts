import { containers } from '../../protobuf/cri/container.ts'
import { sandboxes, sandboxReady } from '../../protobuf/cri/sandbox.ts'
import type { ContainerId, PodIdentity, PodSummary, SandboxId } from '../engine.ts'
import { podFingerprint } from '../fingerprint.ts'
import type { CriConnection } from './connection.ts'
import { podOf } from './labels.ts'

/** A row of either list. */
export interface Part {
  readonly kind: 'sandbox' | 'container'
  readonly id: string
  readonly pod: PodIdentity
  /** Of a container. */
  readonly name: string
  readonly runs: boolean
  readonly ended: boolean
  readonly createdAt: bigint
}

/** All sandboxes and containers of pods, by two lists. */
export async function listParts(connection: CriConnection): Promise<readonly Part[]> {
  const [sandboxRows, containerRows] = await Promise.all([
    connection.read('list sandboxes', sandboxes.list, {}),
    connection.read('list containers', containers.list, {}),
  ])
  const parts: Part[] = []
  for (const { id, labels, state, createdAt } of sandboxRows.items) {
    const pod = podOf(labels)
    if (pod) parts.push({ kind: 'sandbox', id, pod, name: '', runs: state === sandboxReady, ended: state !== sandboxReady, createdAt })
  }
  for (const { id, labels, state, createdAt, metadata } of containerRows.containers) {
    const pod = podOf(labels)
    if (pod) parts.push({ kind: 'container', id, pod, name: metadata?.name ?? '', runs: state === 1, ended: state === 2, createdAt })
  }
  return parts
}

/** All pods. */
export async function listPods(connection: CriConnection): Promise<readonly PodSummary[]> {
  const byPod = new Map<string, Part[]>()
  for (const part of await listParts(connection)) {
    const parts = byPod.get(part.pod.uid)
    if (parts) parts.push(part)
    else byPod.set(part.pod.uid, [part])
  }
  return [...byPod.values()].flatMap(summary)
}

function summary(parts: Part[]): PodSummary[] {
  const [first] = parts
  if (!first) return []
  const newestFirst = parts.sort((a, b) => (b.createdAt > a.createdAt ? 1 : b.createdAt < a.createdAt ? -1 : 0))
  return [
    {
      pod: first.pod,
      sandboxIds: newestFirst.filter(({ kind }) => kind === 'sandbox').map(({ id }) => id as SandboxId),
      running: newestFirst.filter(({ kind, runs }) => kind === 'container' && runs).map(({ id }) => id as ContainerId),
      fingerprint: podFingerprint(parts),
    },
  ]
}
