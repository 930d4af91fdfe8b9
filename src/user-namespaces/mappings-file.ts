import { join } from 'node:path'
import { z } from 'zod'
import { readRegularFile } from '../base/regular-file.ts'
import { isMissing, writeStateFile } from '../base/state-file.ts'
import type { UserNamespace } from '../engine/settings.ts'

/** Where a kubelet keeps a pod's ids, in the pod's directory. */
export const mappingsFile = 'userns'

const id = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
const mappings = z.array(z.object({ hostId: id, containerId: id, length: id }))
const shape = z.object({ uidMappings: mappings, gidMappings: mappings })
const longest = 64 * 1024

/** The ids that a pod's directory says it has; undefined where it says nothing. Throws in a kubelet's words for what it would not take either. */
export async function readMappings(podDirectory: string): Promise<UserNamespace | undefined> {
  let text: string
  try {
    text = await readRegularFile(join(podDirectory, mappingsFile), longest)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  return text === '' ? undefined : parseMappings(text)
}

export function parseMappings(text: string): UserNamespace {
  const invalid = (why: string) => new Error(`invalid user namespace configuration: ${why}`)
  let document: z.infer<typeof shape>
  try {
    document = shape.parse(JSON.parse(text))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? `${cause.issues[0]?.path.join('.')}: ${cause.issues[0]?.message}` : (cause as Error).message
    throw new Error(`invalid user namespace mappings file: ${why}`, { cause })
  }
  const [uid, ...more] = document.uidMappings
  const [gid] = document.gidMappings
  if (!uid || more.length > 0) throw invalid('no more than one mapping allowed.')
  if (document.gidMappings.length !== 1) throw invalid('GID and UID mappings should be identical.')
  if (uid.hostId !== gid?.hostId || uid.containerId !== gid.containerId || uid.length !== gid.length) throw invalid('GID and UID mapping should be identical')
  if (uid.containerId !== 0) throw invalid('UID 0 must be mapped')
  return { hostId: uid.hostId, length: uid.length }
}

/** As a kubelet writes it; on the disk before the pod runs with it. */
export async function writeMappings(podDirectory: string, { hostId, length }: UserNamespace): Promise<void> {
  const mapping = [{ hostId, containerId: 0, length }]
  await writeStateFile(join(podDirectory, mappingsFile), JSON.stringify({ uidMappings: mapping, gidMappings: mapping }))
}
