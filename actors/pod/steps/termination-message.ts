import { randomBytes } from 'node:crypto'
import { closeSync, constants, fchmodSync, openSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { makeDirectorySync } from '../../../src/base/make-directory.ts'
import type { ContainerEngine, ContainerState } from '../../../src/engine/engine.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import type { Container } from '../../../src/kube/objects.ts'
import { openInside } from '../../../src/volumes/inside.ts'
import { readInside } from '../../../src/volumes/inside-file.ts'
import { TreeError } from '../../../src/volumes/tree/tree-error.ts'
import type { PodPaths } from '../paths.ts'

/** kubelet 1.32, `kubecontainer.MaxContainerTerminationMessageLength` and its neighbours; bytes. */
export const messageLimit = 4096
const podMessageLimit = 12 * 1024
const logLimit = 2048
const logLines = 80

export const terminationMessagePath = (container: Container): string => container.terminationMessagePath || '/dev/termination-log'

/** A fresh file for the container's last words, to be mounted at its terminationMessagePath. Throws `TreeError`, in the same words at each try. */
export async function makeTerminationFile(paths: PodPaths, container: Container): Promise<string> {
  const directory = paths.container(container.name)
  const pods = dirname(paths.directory)
  makeDirectorySync(pods, 0o750)
  await using held = await openInside(pods, relative(pods, directory), { create: true, follow: false, own: true })
  const name = randomBytes(4).toString('hex')
  try {
    const file = openSync(`${held.heldPath}/${name}`, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666)
    try {
      // Any user of the container may write it.
      fchmodSync(file, 0o666)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new TreeError(error as NodeJS.ErrnoException, directory, [])
  }
  return join(directory, name)
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
  const own = file?.startsWith(paths.containers + sep) ? await readStart(file, paths, limit) : ''
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

/** The container may have put anything in the file's place, or in the way to it. */
async function readStart(path: string, paths: PodPaths, limit: number): Promise<string> {
  const pods = dirname(paths.directory)
  return (await readInside(pods, relative(pods, path), limit).catch(() => undefined))?.toString() ?? ''
}
