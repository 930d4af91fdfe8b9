import { basename, dirname, join } from 'node:path'
import { type ContainerId, EngineError } from '../engine.ts'
import type { DockerConnection } from './connection.ts'

/** Writes the container's state (CRIU's images) to a directory near the place that is wanted, and answers where; it runs on. Only an experimental daemon does that. */
export async function checkpointContainer(connection: DockerConnection, id: ContainerId, wanted: string): Promise<string> {
  // Docker makes a directory, and its name is one that Docker takes.
  const location = join(dirname(wanted), basename(wanted, '.tar').replace(/Z$/, '').replaceAll(':', '-'))
  const what = `make a checkpoint of container ${id}`
  const request = {
    path: `/containers/${id}/checkpoints`,
    method: 'POST',
    options: { CheckpointID: basename(location), CheckpointDir: dirname(location), Exit: false },
  }
  try {
    await connection.linger(
      what,
      (docker) => new Promise<void>((resolve, reject) => docker.modem.dial(request, (error: unknown) => (error ? reject(error) : resolve()))),
    )
    return location
  } catch (error) {
    if (!(error instanceof EngineError) || !/page not found|experimental/.test(error.message)) throw error
    const message = `the Docker Engine at ${connection.endpoint} makes no checkpoints: start dockerd with --experimental, and install criu`
    throw new EngineError('invalid', message, { cause: error })
  }
}
