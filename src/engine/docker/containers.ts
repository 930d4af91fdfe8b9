import { join } from 'node:path'
import type Docker from 'dockerode'
import { type ContainerConfig, type ContainerId, EngineError, type SandboxId } from '../engine.ts'
import { collectorLink, linkLog, unlinkLog } from '../log-link.ts'
import type { LinuxResources } from '../settings.ts'
import type { DockerConnection } from './connection.ts'
import { containerSettings, type LogRotation } from './container-settings.ts'
import { statusOf } from './errors.ts'
import { label, podOf } from './names.ts'
import { hostResources } from './resources.ts'
import type { EngineRights } from './rights.ts'

/** Makes the container, or finds the one of the same attempt. */
export async function createContainer(
  connection: DockerConnection,
  sandbox: SandboxId,
  config: ContainerConfig,
  rights: EngineRights,
  rotation: LogRotation,
  signal?: AbortSignal,
): Promise<ContainerId> {
  const settings = await containerSettings(sandbox, config, rights, rotation)
  const { id } = await createOrFind(connection, settings, `create container ${config.name}`, { signal })
  // The link leads nowhere until the container starts: made now, its place needs no look at the container.
  // It is no reason to make another when a log is not where others look for it.
  const { logPath } = config
  if (logPath)
    await Promise.all([linkLog(logPath, await dockerLog(connection, id)), linkLog(collectorLink(logPath, config.pod, config.name, id), logPath)]).catch(
      (error: Error) => connection.log.warn('cannot link the log of a container', { id, logPath, cause: error.message }),
    )
  return id as ContainerId
}

/** Where Docker's json-file driver, which every container of ours has, writes. */
const dockerLog = async (connection: DockerConnection, id: string): Promise<string> => join(await connection.dataRoot(), 'containers', id, `${id}-json.log`)

/** Creates; where the name is taken, it is by an earlier try of the same attempt, which is `found`. `later`: what is begun already goes first. */
export async function createOrFind(
  connection: DockerConnection,
  settings: Docker.ContainerCreateOptions,
  what: string,
  options: { readonly signal?: AbortSignal; readonly later?: boolean },
): Promise<{ readonly id: string; readonly found?: Docker.ContainerInspectInfo }> {
  const { docker } = connection
  try {
    const created = await connection.change(what, () => docker.createContainer(settings), options)
    return { id: created.id }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    // A 404 is the image's or that of the sandbox to join.
    if (error.kind === 'not-found' && error.message.includes('No such image')) throw new EngineError('image-not-found', error.message, { cause: error })
    if (error.kind !== 'already-exists') throw error
    const name = settings.name ?? ''
    const found = await connection.read(`inspect ${name}`, () => docker.getContainer(name).inspect())
    return { id: found.Id, found }
  }
}

/** Starts it; one that runs is fine. Throws `cannot-run` when its process cannot be started. */
export async function startContainer(connection: DockerConnection, id: string): Promise<void> {
  const container = connection.docker.getContainer(id)
  await connection.change(`start container ${id}`, () => accept([304], container.start()))
}

/** Stops it within the grace; one that has stopped or is gone is fine. */
export async function stopContainer(connection: DockerConnection, id: string, graceSeconds: number): Promise<void> {
  const container = connection.docker.getContainer(id)
  await connection.linger(`stop container ${id}`, () =>
    // 304: stopped already. 404: gone. 409 of a kill: not running.
    graceSeconds <= 0 ? accept([404, 409], container.kill({ signal: 'SIGKILL' })) : accept([304, 404], container.stop({ t: Math.ceil(graceSeconds) })),
  )
}

/** Removes it, running or not, and the link to its log; one that is gone is fine. */
export async function removeContainer(connection: DockerConnection, id: string): Promise<void> {
  const container = connection.docker.getContainer(id)
  const info = await connection.read(`inspect container ${id}`, () => accept([404], container.inspect()))
  if (!info) return
  // 409: its removal is under way.
  await connection.change(`remove container ${id}`, () => accept([404, 409], container.remove({ force: true, v: true })))
  const logPath = info.Config.Labels[label.logPath]
  const pod = podOf(info.Config.Labels)
  if (!logPath || !pod) return
  await unlinkLog(collectorLink(logPath, pod, info.Config.Labels[label.containerName] ?? '', id), logPath)
  await unlinkLog(logPath, info.LogPath || (await dockerLog(connection, id)))
}

export async function updateResources(connection: DockerConnection, id: ContainerId, resources: LinuxResources): Promise<void> {
  const container = connection.docker.getContainer(id)
  await connection.change(`update container ${id}`, () => container.update(hostResources(resources)))
}

/** The engine's ids of the containers in a sandbox; without `all`, those that run. */
export async function containersIn(connection: DockerConnection, sandbox: SandboxId, options: { readonly all: boolean }): Promise<readonly string[]> {
  const filters = { label: [`${label.sandboxId}=${sandbox}`] }
  const rows = await connection.read('list the containers of a sandbox', () => connection.docker.listContainers({ all: options.all, filters }))
  return rows.map((row) => row.Id)
}

/** The answer, or undefined for a refusal with one of these HTTP statuses. */
async function accept<T>(statuses: readonly number[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    const status = statusOf(error)
    if (status !== undefined && statuses.includes(status)) return undefined
    throw error
  }
}
