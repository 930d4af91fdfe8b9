import type { Stats } from 'node:fs'
import { chmod, chown, lstat } from 'node:fs/promises'
import { unlessGone } from '../base/unless-gone.ts'
import type { Pod } from '../kube/objects.ts'
import { HeldDirectory, holdEntry, type TreeEntry } from './tree/held-directory.ts'
import { type TreeVisitor, walkTree } from './tree/walk.ts'

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
 * so that what is made inside belongs to the group too. Symlinks are given away, never followed. Interrupted, it is to be called again.
 * Throws `TreeError`, `TreeChangedError`.
 */
export async function applyFsGroup(
  root: string,
  group: number,
  { readOnly = false, policy = 'Always', signal }: { readOnly?: boolean; policy?: FsGroupChangePolicy; signal?: AbortSignal } = {},
): Promise<void> {
  const wanted: Wanted = { group, bits: readOnly ? readOnlyBits : readWriteBits }
  const found = await lstat(root)
  // A block volume or a file that a driver published.
  if (!found.isDirectory()) return give(Buffer.from(root), found, wanted)
  if (policy === 'OnRootMismatch' && isGiven(found, wanted)) return
  using held = await HeldDirectory.open(root)
  await walkTree(held, root, new Giver(wanted), signal)
  // The root last: OnRootMismatch reads it as the sign that all below it is done.
  await giveHeld(held.path, held.stats, wanted)
}

interface Wanted {
  readonly group: number
  readonly bits: number
}

const modeOf = (found: Stats, { bits }: Wanted): number => (found.mode & 0o7777) | bits | (found.isDirectory() ? directoryBits : 0)

const isGiven = (found: Stats, wanted: Wanted): boolean =>
  found.gid === wanted.group && (found.isSymbolicLink() || (found.mode & 0o7777) === modeOf(found, wanted))

class Giver implements TreeVisitor {
  readonly removes = false
  readonly #wanted: Wanted

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  async enter(parent: HeldDirectory, { name }: TreeEntry): Promise<'descend' | 'done'> {
    const found = await this.#look(parent, name)
    if (found?.isDirectory()) return 'descend'
    if (found) await give(parent.at(name), found, this.#wanted)
    return 'done'
  }

  async leave(parent: HeldDirectory, name: Buffer): Promise<void> {
    const found = await this.#look(parent, name)
    if (found) await give(parent.at(name), found, this.#wanted)
  }

  /** What is mounted in the volume is not the volume's. */
  onMount(): void {}

  async #look(parent: HeldDirectory, name: Buffer): Promise<Stats | undefined> {
    return lstat(parent.at(name)).catch(unlessGone)
  }
}

/** By a descriptor: the file that was looked at, whatever is in its place by then. */
async function give(path: Buffer, found: Stats, wanted: Wanted): Promise<void> {
  if (isGiven(found, wanted)) return
  await using handle = (await holdEntry(path).catch(unlessGone)) ?? null
  if (handle) await giveHeld(`/proc/self/fd/${handle.fd}`, await handle.stat(), wanted)
}

async function giveHeld(path: string, found: Stats, wanted: Wanted): Promise<void> {
  if (isGiven(found, wanted)) return
  await chown(path, found.uid, wanted.group)
  // Always, since chown(2) clears setuid and setgid bits.
  if (!found.isSymbolicLink()) await chmod(path, modeOf(found, wanted))
}

/** The one user all containers run as, if they agree; service account tokens then belong to it (kubelet: `FsUserFrom`). */
export function commonUser(pod: Pod): number | undefined {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const users = new Set(containers.map((container) => container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser))
  return users.size === 1 ? [...users][0] : undefined
}
