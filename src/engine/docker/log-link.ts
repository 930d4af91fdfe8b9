import { mkdir, readlink, symlink, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes the container's log readable at `logPath`, as dockershim does: a link to the json-file of Docker's. Twice is fine. */
export async function linkLog(logPath: string, dockerLog: string): Promise<void> {
  await mkdir(dirname(logPath), { recursive: true, mode: 0o755 })
  for (;;) {
    try {
      return await symlink(dockerLog, logPath)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    // Left by an earlier container of the same pod directory; whatever else is there is not ours to remove.
    const target = await readlink(logPath).catch(() => undefined)
    if (target === dockerLog || target === undefined) return
    await unlinkLog(logPath, target)
  }
}

/** Removes the link when it is one to this log. */
export async function unlinkLog(logPath: string, dockerLog: string): Promise<void> {
  const target = await readlink(logPath).catch(() => undefined)
  if (target !== dockerLog) return
  await unlink(logPath).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
