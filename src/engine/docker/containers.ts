import { join } from 'node:path'
import type Docker from 'dockerode'
import { type ContainerConfig, type ContainerId, EngineError, type LogRotation, type SandboxId } from '../engine.ts'
import { collectorLink, linkLog, unlinkLog } from '../log-link.ts'
import type { LinuxResources } from '../settings.ts'
import { answers, type ContainerDetails } from './answers.ts'
import type { DockerConnection } from './connection.ts'
import { containerSettings } from './container-settings.ts'
import { accept } from './errors.ts'
import { logOf } from './inspected.ts'
import { label, podOf } from './names.ts'
import { hostResources } from './resources.ts'
import type { EngineRights } from './rights.ts'

/** kubelet 1.36: a stop may take its grace and two minutes. */
const stopMarginMs = 120_000

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
): Promise<{ readonly id: string; readonly found?: ContainerDetails }> {
  try {
    const created = await connection.change(what, answers.containerCreated, (docker) => docker.createContainer({ ...settings }), options)
    return { id: created.Id }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    // A 404 is the image's or that of the sandbox to join.
    if (error.kind === 'not-found' && error.message.includes('No such image')) throw new EngineError('image-not-found', error.message, { cause: error })
    if (error.kind !== 'already-exists') throw error
    const name = settings.name ?? ''
    const found = await connection.read(`inspect ${name}`, answers.containerDetails, (docker) => docker.getContainer(name).inspect())
    if (found.Name !== `/${name}`) throw new EngineError('internal', `asked for the container ${name}, the Docker Engine tells of ${found.Name}`)
    return { id: found.Id, found }
  }
}

/** Starts it; one that runs is fine. Throws `cannot-run` when its process cannot be started. */
export async function startContainer(connection: DockerConnection, id: string): Promise<void> {
  await accept(
    [304],
    connection.change(`start container ${id}`, answers.nothing, (docker) => docker.getContainer(id).start()),
  )
}

/** Stops it within the grace; one that has stopped or is gone is fine. */
export async function stopContainer(connection: DockerConnection, id: string, graceSeconds: number): Promise<void> {
  const stop = (docker: Docker): Promise<unknown> => {
    const container = docker.getContainer(id)
    return graceSeconds <= 0 ? container.kill({ signal: 'SIGKILL' }) : container.stop({ t: Math.ceil(graceSeconds) })
  }
  // 304: stopped already. 404: gone. 409 of a kill: not running.
  await accept(graceSeconds <= 0 ? [404, 409] : [304, 404], connection.linger(`stop container ${id}`, stop, { withinMs: graceSeconds * 1000 + stopMarginMs }))
}

/** Removes it, running or not, and the link to its log; one that is gone is fine. */
export async function removeContainer(connection: DockerConnection, id: string): Promise<void> {
  const info = await inspectContainer(connection, id)
  if (!info) return
  // 409: its removal is under way.
  await accept(
    [404, 409],
    connection.change(`remove container ${id}`, answers.nothing, (docker) => docker.getContainer(id).remove({ force: true, v: true })),
  )
  const logPath = info.Config.Labels[label.logPath]
  const pod = podOf(info.Config.Labels)
  if (!logPath || !pod) return
  await unlinkLog(collectorLink(logPath, pod, info.Config.Labels[label.containerName] ?? '', id), logPath)
  await unlinkLog(logPath, logOf(info) || (await dockerLog(connection, id)))
}

export async function updateResources(connection: DockerConnection, id: ContainerId, resources: LinuxResources): Promise<void> {
  await connection.change(`update container ${id}`, answers.nothing, (docker) => docker.getContainer(id).update(hostResources(resources)))
}

/** The engine's ids of the containers in a sandbox; without `all`, those that run. */
export async function containersIn(connection: DockerConnection, sandbox: SandboxId, options: { readonly all: boolean }): Promise<readonly string[]> {
  const filters = { label: [`${label.sandboxId}=${sandbox}`] }
  const rows = await connection.read('list the containers of a sandbox', answers.containerRows, (docker) =>
    docker.listContainers({ all: options.all, filters }),
  )
  // The filter is the daemon's affair; what is not of this sandbox is not touched.
  return rows.filter((row) => row.Labels[label.sandboxId] === sandbox).map((row) => row.Id)
}

/** A container as the engine has it; undefined when it is gone. Throws when the engine tells of another. */
export async function inspectContainer(connection: DockerConnection, id: string): Promise<ContainerDetails | undefined> {
  const what = `inspect container ${id}`
  const info = await accept(
    [404],
    connection.read(what, answers.containerDetails, (docker) => docker.getContainer(id).inspect()),
  )
  if (info && info.Id !== id) throw new EngineError('internal', `cannot ${what}: the Docker Engine tells of ${info.Id} instead`)
  return info
}
