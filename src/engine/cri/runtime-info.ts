import { readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { status as grpcStatus } from '../../grpc/status.ts'
import { images } from '../../protobuf/cri/image.ts'
import { cgroupDrivers, runtime } from '../../protobuf/cri/runtime.ts'
import type { EngineInfo, EngineProblem } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { grpcCode } from './errors.ts'
import { whyNoImageVolumes } from './image-volumes.ts'

/** kubelet 1.36: a runtime is asked for its configuration three times, 2 s apart. */
const configTries = 3
const configPauseMs = 2000

/** Who the runtime is and what it can. `cgroupDriver`: of a runtime that does not tell its own. */
export async function runtimeInfo(connection: CriConnection, cgroupDriver: 'cgroupfs' | 'systemd'): Promise<EngineInfo> {
  const [version, told, filesystems, driver] = await Promise.all([
    connection.read('ask for its version', runtime.version, {}),
    connection.read('ask for its status', runtime.status, {}),
    connection.read('ask for its file systems', images.filesystems, {}),
    ownCgroupDriver(connection),
  ])
  const handlers = told.runtimeHandlers.map(({ name, features }) => ({
    name,
    recursiveReadOnlyMounts: features?.recursiveReadOnlyMounts ?? false,
    userNamespaces: features?.userNamespaces ?? false,
  }))
  const [imageFsPath = '', containerFsPath = ''] = [filesystems.imageFilesystems, filesystems.containerFilesystems].map(([first]) => first?.fsId?.mountpoint)
  const noImageVolumes = whyNoImageVolumes(version.runtimeName, version.runtimeVersion)
  return {
    name: version.runtimeName,
    version: version.runtimeVersion,
    cgroupDriver: driver ?? cgroupDriver,
    cgroupVersion: readdirSync('/sys/fs/cgroup').includes('cgroup.controllers') ? 2 : 1,
    imageFsPath,
    ...(containerFsPath !== '' && containerFsPath !== imageFsPath ? { containerFsPath } : {}),
    ...(told.features ? { supplementalGroupsPolicy: told.features.supplementalGroupsPolicy } : {}),
    runtimeHandlers: handlers,
    ...(noImageVolumes === undefined ? {} : { noImageVolumes }),
  }
}

/** Undefined where the runtime does not tell (containerd before 2.0). */
async function ownCgroupDriver(connection: CriConnection): Promise<'cgroupfs' | 'systemd' | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      const { linux } = await connection.read('ask for its configuration', runtime.config, {})
      return linux && cgroupDrivers[linux.cgroupDriver]
    } catch (error) {
      if (grpcCode(error) === grpcStatus.unimplemented) return undefined
      if (tries >= configTries) throw error
      await pause(configPauseMs)
    }
  }
}

/** What keeps the runtime from running pods, in the kubelet's words; nothing when all is well. */
export async function runtimeProblems(connection: CriConnection): Promise<readonly EngineProblem[]> {
  const { status: told } = await connection.read('ask for its status', runtime.status, {})
  const problem = (part: EngineProblem['part'], type: string, words: string): EngineProblem[] => {
    const condition = told?.conditions.find((each) => each.type === type)
    if (condition?.status) return []
    const { reason, message } = condition ?? { reason: '', message: 'the runtime does not tell' }
    return [{ part, message: `${words}: ${type}=false reason:${reason} message:${message}` }]
  }
  return [...problem('runtime', 'RuntimeReady', 'container runtime not ready'), ...problem('network', 'NetworkReady', 'container runtime network not ready')]
}
