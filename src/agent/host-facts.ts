import { realpathSync } from 'node:fs'
import type { AgentConfig } from '../config/agent-config.ts'
import type { EngineInfo } from '../engine/engine.ts'
import type { NodeHost } from '../metrics/snapshot.ts'
import { readHardware } from '../stats/hardware.ts'
import { mountOf } from '../stats/mounts.ts'

/** What of the machine does not change while the agent runs: read once. */
export function hostFacts({ rootDirectory }: Pick<AgentConfig, 'rootDirectory'>, { cgroupVersion, imageFsPath }: EngineInfo): Omit<NodeHost, 'devices'> {
  const { sockets } = readHardware()
  const nodefsDevice = deviceOf(rootDirectory)
  return {
    cgroupVersion,
    sockets: sockets.length,
    physicalCores: sockets.reduce((sum, { cores }) => sum + cores.length, 0),
    nodefsDevice,
    imagefsDevice: imageFsPath === '' ? nodefsDevice : deviceOf(imageFsPath),
  }
}

function deviceOf(path: string): string {
  try {
    return mountOf(realpathSync(path))?.device ?? ''
  } catch {
    // An engine on another machine.
    return ''
  }
}
