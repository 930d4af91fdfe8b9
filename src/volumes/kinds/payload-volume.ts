import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory } from '../../base/make-directory.ts'
import type { Volume } from '../../kube/objects.ts'
import { type Payload, payloadPath, writeAtomically } from '../atomic-writer.ts'
import { volumeDirectory } from '../directories.ts'
import { mountPointsBelow } from '../nested-mounts.ts'
import { applyFsGroup } from '../ownership.ts'
import { ensureTmpfs } from '../right-mount.ts'
import { type MountedVolume, SourceUnavailableError, type VolumeContext, VolumeError, type VolumeKind } from '../volume.ts'

/** `system`: on the node's disk and mount table. `memory`: sources are asked for and checked, nothing is written. */
export type VolumeMode = 'system' | 'memory'

/** What a volume shall hold, and when (wall ms) to ask again though nothing was said to have changed. */
export interface ResolvedPayload {
  readonly payload: Payload
  readonly refreshAt?: number
  /** The source can never change: no need to look again. */
  readonly immutable?: boolean
}

/** A kind whose content comes from objects: the payload is resolved, then written atomically. */
export interface PayloadKindParts {
  readonly key: keyof Volume
  readonly directory: string
  /** Kept in memory, so that secrets never reach the disk. */
  readonly tmpfs: boolean
  /** Called once per set-up; what it returns is called for each resolution and may remember (tokens). Throws with the kubelet's message. */
  resolver(volume: Volume, context: VolumeContext): () => Promise<ResolvedPayload>
}

/** Makes a kind out of a way to resolve its payload. */
export function payloadKind(parts: PayloadKindParts, mode: VolumeMode): VolumeKind {
  return { key: parts.key, directory: parts.directory, setUp: (volume, context) => setUp(parts, mode, volume, context) }
}

async function setUp(parts: PayloadKindParts, mode: VolumeMode, volume: Volume, context: VolumeContext): Promise<MountedVolume> {
  const directory = volumeDirectory(context.podDirectory, parts.directory, volume.name)
  const resolve = parts.resolver(volume, context)
  const write = mode === 'system' ? diskWriter(parts, volume.name, directory, context) : memoryWriter()
  const update = async () => {
    try {
      const resolved = await resolve()
      return { ...resolved, changed: await write(resolved.payload) }
    } catch (cause) {
      if (cause instanceof VolumeError) throw cause
      throw new VolumeError(volume.name, cause instanceof Error ? cause.message : String(cause), { cause })
    }
  }
  const base = { name: volume.name, hostPath: directory, readOnly: true }
  const first = await update().catch(async (error: unknown) => {
    // A restarted agent whose API server is away: what the agent before wrote is good until there is better.
    if (mode !== 'system' || !isUnavailable(error) || !(await isWritten(parts, directory, context))) throw error
    context.log.warn('a volume keeps what was written before: its source cannot be asked for now', { pod: context.pod.metadata?.uid, volume: volume.name })
    return { refreshAt: context.clock.wall() + unavailableRetryMs, immutable: false }
  })
  if (first.immutable) return base
  return {
    ...base,
    refreshAt: first.refreshAt,
    // One writer at a time per volume: a refresh waits for the one before.
    refresh: inOrder(async () => {
      const { changed, refreshAt } = await update()
      return { changed, refreshAt }
    }),
  }
}

const unavailableRetryMs = 60_000

/** Whether every cause of a failure is that a source could not be asked for. */
function isUnavailable(error: unknown): boolean {
  if (error instanceof SourceUnavailableError) return true
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isUnavailable)
  return error instanceof Error && error.cause !== undefined && isUnavailable(error.cause)
}

async function isWritten(parts: PayloadKindParts, directory: string, { mounter }: VolumeContext): Promise<boolean> {
  if (parts.tmpfs && !(await mounter.isMountPoint(directory))) return false
  return stat(join(directory, '..data')).then(
    () => true,
    () => false,
  )
}

function inOrder<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    const next = last.then(work, work)
    last = next.catch(() => {})
    return next
  }
}

function diskWriter(parts: PayloadKindParts, name: string, directory: string, context: VolumeContext): (payload: Payload) => Promise<boolean> {
  const group = context.pod.spec?.securityContext?.fsGroup
  let prepared = false
  return async (payload) => {
    context.signal?.throwIfAborted()
    if (!prepared) {
      await makeDirectory(directory, 0o755)
      if (parts.tmpfs) await ensureTmpfs(context.mounter, directory, {})
      prepared = true
    }
    const prepare = group === undefined ? undefined : (data: string) => applyFsGroup(data, group, { readOnly: true })
    return writeAtomically(directory, payload, { now: context.clock.wall(), prepare, mountPoints: mountPointsBelow(context.pod, name) })
  }
}

/** Checks paths as the disk's writer would, and tells whether the content changed. */
function memoryWriter(): (payload: Payload) => Promise<boolean> {
  let last: Payload | undefined
  return async (payload) => {
    for (const path of payload.keys()) payloadPath(path)
    const changed = last === undefined || !sameContent(last, payload)
    last = payload
    return changed
  }
}

function sameContent(one: Payload, other: Payload): boolean {
  if (one.size !== other.size) return false
  for (const [path, { data }] of one) {
    const counterpart = other.get(path)
    if (!counterpart || Buffer.compare(data, counterpart.data) !== 0) return false
  }
  return true
}
