import { SpawnError, spawnAndWait } from '../base/spawn.ts'
import { defaultIds, parseSubordinateIds, type SubordinateIds } from './id-ranges.ts'

/** Whose subordinate ids pods get. */
const user = 'kubelet'

type Run = (program: string, args: readonly string[]) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>

/**
 * The ids that pods' user namespaces are made of (kubelet 1.36): the subordinate ones of the user `kubelet`, where there is such a user and a program that tells
 * them (`getsubids`); else all that are not the node's own users'. Throws where user and group ids differ, or what is told is no range.
 */
export async function subordinateIds(idsPerPod: number, run: Run = spawnAndWait): Promise<SubordinateIds> {
  const known = await unlessMissing(run('getent', ['passwd', user]))
  if (known?.exitCode !== 0) return defaultIds(idsPerPod)
  const uids = await unlessMissing(run('getsubids', [user]))
  if (!uids) return defaultIds(idsPerPod)
  const gids = await run('getsubids', ['-g', user])
  for (const { exitCode, stderr } of [uids, gids])
    if (exitCode !== 0) throw new Error(`error retrieving additional ids for user "${user}": exit status ${exitCode}: ${stderr.trim()}`)
  if (uids.stdout !== gids.stdout) throw new Error(`mismatched subuids and subgids for user "${user}"`)
  return parseSubordinateIds(uids.stdout)
}

/** Undefined where the machine has no such program. */
async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (error instanceof SpawnError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined
    throw error
  }
}
