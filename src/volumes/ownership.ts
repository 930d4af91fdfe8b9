import { chmod, lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../kube/objects.ts'

/** `Always`: every file. `OnRootMismatch`: nothing when the volume's root is right already. */
export type FsGroupChangePolicy = 'Always' | 'OnRootMismatch'

/** As a pod's `fsGroupChangePolicy` says. */
export const changePolicy = (text: string | undefined): FsGroupChangePolicy => (text === 'OnRootMismatch' ? 'OnRootMismatch' : 'Always')

// kubelet 1.32, volume_linux.go: rwMask, roMask, execMask, setgid.
const readWriteBits = 0o660
const readOnlyBits = 0o440
const directoryBits = 0o2110

/**
 * Gives a volume to a group: every file and directory gets the group and its read (and write) bits, directories also setgid and search,
 * so that what is made inside belongs to the group too. Symlinks are given away, never followed.
 */
export async function applyFsGroup(
  root: string,
  group: number,
  { readOnly = false, policy = 'Always' }: { readOnly?: boolean; policy?: FsGroupChangePolicy } = {},
): Promise<void> {
  if (policy === 'OnRootMismatch' && (await rootMatches(root, group, readOnly))) return
  await give(root, group, readOnly)
}

async function rootMatches(root: string, group: number, readOnly: boolean): Promise<boolean> {
  const { gid, mode } = await lstat(root)
  const wanted = (readOnly ? readOnlyBits : readWriteBits) | directoryBits
  return gid === group && (mode & wanted) === wanted
}

async function give(path: string, group: number, readOnly: boolean): Promise<void> {
  const found = await lstat(path)
  // The root last: OnRootMismatch reads it as the sign that all below it is done.
  if (found.isDirectory()) for (const name of await readdir(path)) await give(join(path, name), group, readOnly)
  await lchown(path, found.uid, group)
  if (found.isSymbolicLink()) return
  const bits = (readOnly ? readOnlyBits : readWriteBits) | (found.isDirectory() ? directoryBits : 0)
  // Always, since chown(2) clears setuid and setgid bits.
  await chmod(path, (found.mode & 0o7777) | bits)
}

/** The one user all containers run as, if they agree; service account tokens then belong to it (kubelet: `FsUserFrom`). */
export function commonUser(pod: Pod): number | undefined {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const users = new Set(containers.map((container) => container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser))
  return users.size === 1 ? [...users][0] : undefined
}
