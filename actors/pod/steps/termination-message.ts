import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, mkdir, open, writeFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { ContainerEngine, ContainerState } from '../../../src/engine/engine.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import type { Container } from '../../../src/kube/objects.ts'
import type { PodPaths } from '../paths.ts'

/** kubelet 1.32, `kubecontainer.MaxContainerTerminationMessageLength` and its neighbours; bytes. */
export const messageLimit = 4096
const podMessageLimit = 12 * 1024
const logLimit = 2048
const logLines = 80

export const terminationMessagePath = (container: Container): string => container.terminationMessagePath || '/dev/termination-log'

/** A fresh file for the container's last words, to be mounted at its terminationMessagePath. */
export async function makeTerminationFile(paths: PodPaths, container: Container): Promise<string> {
  const directory = paths.container(container.name)
  await mkdir(directory, { recursive: true, mode: 0o750 })
  const path = join(directory, randomBytes(4).toString('hex'))
  // Any user of the container may write it.
  await writeFile(path, '', { mode: 0o666, flag: 'wx' })
  await chmod(path, 0o666)
  return path
}

/** What an exited container left: its file, or with FallbackToLogsOnError the end of its log. '' for nothing. */
export async function readTerminationMessage(
  engine: ContainerEngine,
  paths: PodPaths,
  state: ContainerState,
  container: Container | undefined,
  containersInPod: number,
): Promise<string> {
  const limit = Math.min(messageLimit, Math.floor(podMessageLimit / Math.max(1, containersInPod)))
  const target = container ? terminationMessagePath(container) : '/dev/termination-log'
  const file = state.mounts.find((mount) => mount.containerPath === target)?.hostPath
  const own = file?.startsWith(paths.containers + sep) ? await readStart(file, limit) : ''
  if (own !== '' || container?.terminationMessagePolicy !== 'FallbackToLogsOnError' || !state.exitCode) return own
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of engine.logs(state.id, { tailLines: logLines })) {
      chunks.push(chunk)
      size += chunk.length
      while (chunks[0] && size - chunks[0].length >= logLimit) size -= chunks.shift()?.length ?? 0
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
  }
  return Buffer.concat(chunks).subarray(-Math.min(logLimit, limit)).toString()
}

async function readStart(path: string, limit: number): Promise<string> {
  try {
    // The container may have put anything in the file's place: no symlink is followed, no fifo waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      if (!(await file.stat()).isFile()) return ''
      const { bytesRead, buffer } = await file.read(Buffer.alloc(limit), 0, limit, 0)
      return buffer.subarray(0, bytesRead).toString()
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}
