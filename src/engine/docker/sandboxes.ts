import { EngineError, type SandboxConfig, type SandboxId, type SandboxState } from '../engine.ts'
import { answers } from './answers.ts'
import type { DockerConnection } from './connection.ts'
import { containersIn, createOrFind, inspectContainer, removeContainer, stopContainer } from './containers.ts'
import type { DockerImages } from './images.ts'
import { sandboxState } from './inspected.ts'
import type { EngineRights } from './rights.ts'
import { sandboxSettings } from './sandbox-settings.ts'

/** The pause process ends at once at SIGTERM; this is for one that cannot, such as another image's. */
const pauseGraceSeconds = 2

/** Makes the pause container and starts it; Docker gives it its address before the start returns. */
export async function runSandbox(
  connection: DockerConnection,
  images: DockerImages,
  config: SandboxConfig,
  pauseImage: string | undefined,
  rights: EngineRights,
  signal?: AbortSignal,
): Promise<SandboxState> {
  const image = await images.ensurePause(config.image ?? pauseImage)
  const settings = await sandboxSettings(config, image, rights)
  const { id, found } = await createOrFind(connection, settings, `create the sandbox of pod ${config.pod.namespace}/${config.pod.name}`, {
    signal,
    later: true,
  })
  // One of this attempt that has ended is not started again: it would get another network, and the attempt would lie.
  if (found && found.State.Status !== 'created') return sandboxState(found, config.pod)
  try {
    signal?.throwIfAborted()
    await connection.change(`start the sandbox of pod ${config.pod.namespace}/${config.pod.name}`, answers.nothing, (docker) => docker.getContainer(id).start())
  } catch (error) {
    // Removed, so that the same attempt can be tried again.
    await removeContainer(connection, id).catch((cause: unknown) =>
      connection.log.warn('a sandbox that did not start was left behind', { id, cause: `${cause}` }),
    )
    throw error
  }
  const info = await inspectContainer(connection, id)
  const state = info && sandboxState(info, config.pod)
  if (!state?.ready) throw new EngineError('cannot-run', `the sandbox ${id} of pod ${config.pod.namespace}/${config.pod.name} ended or has no address`)
  return state
}

/** Kills what runs in the sandbox, then ends the pause container. */
export async function stopSandbox(connection: DockerConnection, id: SandboxId): Promise<void> {
  const running = await containersIn(connection, id, { all: false })
  await Promise.all(running.map((container) => stopContainer(connection, container, 0)))
  await stopContainer(connection, id, pauseGraceSeconds)
}

/** Removes the sandbox and what is left in it. */
export async function removeSandbox(connection: DockerConnection, id: SandboxId): Promise<void> {
  const inside = await containersIn(connection, id, { all: true })
  await Promise.all(inside.map((container) => removeContainer(connection, container)))
  await removeContainer(connection, id)
}
