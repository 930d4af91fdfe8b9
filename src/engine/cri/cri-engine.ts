import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { containers } from '../../protobuf/cri/container.ts'
import { runtime } from '../../protobuf/cri/runtime.ts'
import type { ContainerEngine } from '../engine.ts'
import { RecentImages } from '../recent-images.ts'
import { criConnection } from './connection.ts'
import { createContainer } from './container-create.ts'
import { removeContainer } from './container-remove.ts'
import { startContainer } from './container-start.ts'
import { stopContainer } from './container-stop.ts'
import { updateResources } from './container-update.ts'
import { EventHub } from './events/hub.ts'
import { execSync } from './exec-sync.ts'
import { ExitWatch } from './exits.ts'
import { CriImages } from './images.ts'
import { listPods } from './list-pods.ts'
import { rotateLogs } from './log-rotation.ts'
import { containerLogs } from './logs.ts'
import { podState } from './pod-state.ts'
import { runtimeInfo, runtimeProblems } from './runtime-info.ts'
import { SandboxConfigs } from './sandbox-configs.ts'
import { removeSandbox } from './sandbox-remove.ts'
import { runSandbox } from './sandbox-run.ts'
import { stopSandbox } from './sandbox-stop.ts'
import { updateSandbox } from './sandbox-update.ts'
import { attachSession, attachUrl, execSession, execUrl, portForwardUrl } from './sessions.ts'
import { writableLayers } from './writable-layers.ts'

export interface CriEngineOptions {
  /** `unix:///path` or `tcp://host:port`. */
  readonly endpoint: string
  /** Of its images; absent: the same. */
  readonly imageEndpoint?: string | undefined
  readonly clock: Clock
  readonly log: Logger
  /** Changes at a time, default 8. Waiting ones (stops, pulls) count apart, eight times as many. */
  readonly concurrency?: number
  /** Of calls that neither stream nor wait by their nature (runtimeRequestTimeout). Default as the kubelet's: 2 min. */
  readonly timeoutMs?: number
  /** Of a runtime that does not tell its own. Default cgroupfs. */
  readonly cgroupDriver?: 'cgroupfs' | 'systemd'
}

/** Pods on any runtime that speaks CRI (runtime.v1): containerd, CRI-O. Connects at the first call. */
export function createCriEngine(options: CriEngineOptions): ContainerEngine {
  const { concurrency = 8, timeoutMs = 120_000, cgroupDriver = 'cgroupfs' } = options
  const connection = criConnection({ ...options, concurrency, timeoutMs })
  const images = new CriImages(connection)
  const recent = new RecentImages(options.clock, (reference) => images.state(reference))
  const configs = new SandboxConfigs()
  const hub = new EventHub(connection)
  const exits = new ExitWatch(connection, hub)
  return {
    info: () => runtimeInfo(connection, cgroupDriver),
    status: () => runtimeProblems(connection),
    runSandbox: (config, signal) => runSandbox(connection, configs, config, signal),
    stopSandbox: (id) => stopSandbox(connection, id),
    removeSandbox: (id) => removeSandbox(connection, configs, id),
    createContainer: (sandbox, config, signal) => createContainer(connection, configs, images, sandbox, config, signal),
    startContainer: (id) => startContainer(connection, id),
    stopContainer: (id, graceSeconds) => stopContainer(connection, id, graceSeconds),
    removeContainer: (id) => removeContainer(connection, id),
    updateResources: (id, resources) => updateResources(connection, id, resources),
    podState: (uid, known) => podState(connection, uid, known),
    listPods: () => listPods(connection),
    events: (signal) => hub.events(signal),
    exec: (id, command, execOptions) => execSync(connection, id, command, execOptions),
    execStream: (id, command, streams) => execSession(connection, id, command, streams),
    attach: (id, streams) => attachSession(connection, exits, id, streams),
    streamUrls: {
      exec: (id, command, streams) => execUrl(connection, id, command, streams),
      attach: (id, streams) => attachUrl(connection, id, streams),
      portForward: (id) => portForwardUrl(connection, id),
    },
    async checkpoint(containerId, location, timeoutSeconds = 0) {
      const request = { containerId, location, timeout: timeoutSeconds }
      const deadline = timeoutSeconds > 0 ? { deadlineMs: timeoutSeconds * 1000 } : {}
      await connection.linger(`make a checkpoint of container ${containerId}`, containers.checkpoint, request, deadline)
      return location
    },
    updateSandbox: (id, resources) => updateSandbox(connection, id, resources),
    writableLayers: () => writableLayers(connection),
    rotateLogs: (directory, rotation) => rotateLogs(connection, directory, rotation),
    async usePodCidr(podCidr) {
      await connection.change('tell the addresses of pods', runtime.updateConfig, { runtimeConfig: { networkConfig: { podCidr } } })
    },
    logs: (id, logOptions) => containerLogs(connection, exits, id, logOptions),
    imageState: (reference) => recent.state(reference),
    listImages: () => images.list(),
    imagesInUse: () => images.inUse(),
    pullImage: (reference, credential, signal, pod) => recent.after(images.pull(reference, credential, signal, pod)),
    removeImage: (id) => recent.after(images.remove(id)),
    async [Symbol.asyncDispose]() {
      connection.close()
    },
  }
}
