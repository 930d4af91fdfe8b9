import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import type { ContainerEngine, EngineInfo, LogRotation } from '../engine.ts'
import { RecentImages } from '../recent-images.ts'
import { answers } from './answers.ts'
import { checkpointContainer } from './checkpoints.ts'
import { dockerConnection } from './connection.ts'
import { createContainer, removeContainer, startContainer, stopContainer, updateResources } from './containers.ts'
import { engineEvents } from './events.ts'
import { execInContainer } from './exec.ts'
import { DockerImages } from './images.ts'
import { containerLogs } from './logs.ts'
import { label } from './names.ts'
import { listPods, podState } from './pods.ts'
import { type EngineRights, engineRights } from './rights.ts'
import { removeSandbox, runSandbox, stopSandbox } from './sandboxes.ts'
import { attachSession, execSession } from './sessions.ts'

export interface DockerEngineOptions {
  /** `unix:///path` or `tcp://host:port`. */
  readonly endpoint: string
  readonly clock: Clock
  readonly log: Logger
  /** Calls that change something at a time, default 8. Waiting ones (stops, pulls) count apart, eight times as many. */
  readonly concurrency?: number
  /** Reference of the pause image; absent: the agent's own, made when it is missing. */
  readonly pauseImage?: string
  /** Of containers' logs. Default as the kubelet's: 10 MiB, 5 files. */
  readonly logRotation?: LogRotation
}

/** Pods on a Docker Engine (API 1.41), laid out as dockershim does. Connects at the first call. */
export function createDockerEngine(options: DockerEngineOptions): ContainerEngine {
  const { log, clock, endpoint } = options
  const connection = dockerConnection({ endpoint, clock, log, concurrency: options.concurrency ?? 8 })
  const images = new DockerImages(connection)
  const recent = new RecentImages(clock, (reference) => images.state(reference))
  const rotation = options.logRotation ?? { maxBytes: 10 * 1024 ** 2, maxFiles: 5 }
  let knownRights: Promise<EngineRights> | undefined
  const rights = () => {
    knownRights ??= engineRights(log)
    return knownRights
  }
  return {
    async info(): Promise<EngineInfo> {
      const info = await connection.read('ask for its state', answers.info, (docker) => docker.info())
      const driver = info.CgroupDriver
      return {
        name: 'docker',
        version: info.ServerVersion,
        cgroupDriver: driver === 'cgroupfs' || driver === 'systemd' ? driver : 'none',
        cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
        imageFsPath: info.DockerRootDir,
        noImageVolumes: 'the Docker Engine is not asked to mount images; containerd 2.1 and CRI-O 1.31 can, with --container-runtime-endpoint',
      }
    },
    // A look at what containers there are: unlike a ping it says that the daemon can still reach them, and unlike /info it starts no program.
    async status() {
      await connection.read('list a container', answers.containerRows, (docker) => docker.listContainers({ limit: 1 }), { unqueued: true })
      return []
    },
    // As cri-dockerd makes them for CNI.
    async foreignSandboxes() {
      const filters = { label: [`${label.type}=podsandbox`], network: ['none'] }
      return (await connection.read('list sandboxes', answers.containerRows, (docker) => docker.listContainers({ filters }))).length
    },
    runSandbox: async (config, signal) => runSandbox(connection, images, config, options.pauseImage, await rights(), signal),
    stopSandbox: (id) => stopSandbox(connection, id),
    removeSandbox: (id) => removeSandbox(connection, id),
    createContainer: async (sandbox, config, signal) => createContainer(connection, sandbox, config, await rights(), rotation, signal),
    startContainer: (id) => startContainer(connection, id),
    stopContainer: (id, graceSeconds) => stopContainer(connection, id, graceSeconds),
    removeContainer: (id) => removeContainer(connection, id),
    updateResources: (id, resources) => updateResources(connection, id, resources),
    podState: (uid, known) => podState(connection, images, uid, known),
    listPods: () => listPods(connection),
    events: (signal) => engineEvents(connection, signal),
    exec: (id, command, execOptions) => execInContainer(connection, id, command, execOptions),
    execStream: (id, command, streams) => execSession(connection, id, command, streams),
    checkpoint: (id, location) => checkpointContainer(connection, id, location),
    attach: (id, streams) => attachSession(connection, id, streams),
    logs: (id, logOptions) => containerLogs(connection, id, logOptions),
    imageState: (reference) => recent.state(reference),
    listImages: () => images.list(),
    imagesInUse: () => images.inUse(),
    pullImage: (reference, credential, signal) => recent.after(images.pull(reference, credential, signal)),
    removeImage: (id) => recent.after(images.remove(id)),
    async [Symbol.asyncDispose]() {
      connection.close()
    },
  }
}
