import { statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Logger } from '../../../src/base/log.ts'
import { readRegularFileSync } from '../../../src/base/regular-file.ts'
import { isMissing, writeStateFileSync } from '../../../src/base/state-file.ts'
import type { PodUid } from '../../../src/kube/ids.ts'
import type { HeldResize } from '../../pod/messages.ts'

/** What containers have of the node, by name. */
type Resources = HeldResize['resources']

const amounts = z.record(z.string(), z.string()).optional()
const requirements = z.object({ requests: amounts, limits: amounts })
const container = z.record(z.string(), requirements)
/** kubelet 1.36, pkg/kubelet/allocation/state; the second as 1.32 had it in pod_status_manager_state. */
const state = z.object({
  entries: z.record(z.string(), z.object({ ContainerResources: container.nullish() })).nullish(),
  allocationEntries: z.record(z.string(), container).nullish(),
})
const file = z.object({ data: z.string() })

const files = ['pod_status_manager_state', 'allocated_pods_state']

/**
 * What a kubelet has given its pods, where it ran on this root directory since the agent last did: a resize that waited for room goes on waiting, with what the pod had. Read once:
 * what the agent gives from then on is in the pods' status. A file that is damaged is told of and left as it is.
 */
export function kubeletAllocations(rootDirectory: string, log: Logger): ReadonlyMap<PodUid, Resources> {
  const found = new Map<PodUid, Resources>()
  for (const name of files) {
    const path = join(rootDirectory, name)
    try {
      const { mtimeMs, size } = statSync(path)
      const marker = join(rootDirectory, 'podsteward', `${name}.read`)
      const seen = JSON.stringify({ mtimeMs, size })
      if (seen === lastRead(marker)) continue
      for (const [uid, resources] of parseAllocations(readRegularFileSync(path).toString())) found.set(uid, resources)
      writeStateFileSync(marker, seen)
    } catch (error) {
      if (isMissing(error)) continue
      log.warn('what a kubelet gave its pods cannot be read; what their status says counts', {
        file: path,
        error: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return found
}

/** The content of such a file. Throws for what is none. */
export function parseAllocations(text: string): ReadonlyMap<PodUid, Resources> {
  const { entries, allocationEntries } = state.parse(JSON.parse(file.parse(JSON.parse(text)).data))
  const found = Object.entries(entries ?? {}).map(([uid, { ContainerResources }]) => [uid, ContainerResources ?? {}] as const)
  return new Map([...Object.entries(allocationEntries ?? {}), ...found].map(([uid, resources]) => [uid as PodUid, resources as Resources]))
}

function lastRead(marker: string): string | undefined {
  try {
    return readRegularFileSync(marker).toString()
  } catch {
    return undefined
  }
}
