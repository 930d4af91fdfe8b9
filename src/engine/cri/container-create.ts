import { dirname } from 'node:path'
import { makeDirectorySync } from '../../base/make-directory.ts'
import { containers } from '../../protobuf/cri/container.ts'
import { type ContainerConfig, type ContainerId, EngineError, type SandboxId } from '../engine.ts'
import { collectorLink, linkLog } from '../log-link.ts'
import type { CriConnection } from './connection.ts'
import { containerMessage } from './container-config.ts'
import { inRuntimeWords } from './errors.ts'
import type { CriImages } from './images.ts'
import type { SandboxConfigs } from './sandbox-configs.ts'

/** Makes the container, or finds the one of the same attempt. */
export async function createContainer(
  connection: CriConnection,
  configs: SandboxConfigs,
  images: CriImages,
  sandbox: SandboxId,
  config: ContainerConfig,
  signal?: AbortSignal,
): Promise<ContainerId> {
  const { logPath } = config
  const sandboxConfig = await configs.of(connection, sandbox, config)
  if (logPath !== undefined) makeDirectorySync(dirname(logPath), 0o755)
  signal?.throwIfAborted()
  const id = await create(connection, images, sandbox, config, sandboxConfig)
  if (logPath !== undefined)
    await linkLog(collectorLink(logPath, config.pod, config.name, id), logPath).catch((error: Error) =>
      connection.log.warn('cannot link the log of a container', { id, logPath, cause: error.message }),
    )
  return id
}

async function create(
  connection: CriConnection,
  images: CriImages,
  sandbox: SandboxId,
  config: ContainerConfig,
  sandboxConfig: Awaited<ReturnType<SandboxConfigs['of']>>,
): Promise<ContainerId> {
  const request = { podSandboxId: sandbox, config: containerMessage(config), sandboxConfig }
  try {
    const { containerId } = await connection.change(`create container ${config.name}`, containers.create, request)
    return containerId as ContainerId
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'unreachable') throw error
    const existing = await containerOfAttempt(connection, sandbox, config)
    if (existing !== undefined) return existing
    if (!(await images.state(config.image))) throw new EngineError('image-not-found', error.message, { cause: error.cause })
    throw inRuntimeWords(error)
  }
}

async function containerOfAttempt(connection: CriConnection, sandbox: SandboxId, { name, attempt }: ContainerConfig): Promise<ContainerId | undefined> {
  const found = await connection.read('list containers', containers.list, { filter: { podSandboxId: sandbox } })
  return found.containers.find(({ metadata }) => metadata?.name === name && metadata.attempt === attempt)?.id as ContainerId | undefined
}
