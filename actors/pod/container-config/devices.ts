import type { Device } from '../../../src/engine/settings.ts'
import type { Container } from '../../../src/kube/objects.ts'
import type { MountedVolume } from '../../../src/volumes/volume.ts'
import { ContainerConfigError } from '../rules.ts'

/** The container's volumeDevices as the engine gives them. Throws `ContainerConfigError` in the kubelet's words. */
export function volumeDevices(container: Container, volumes: ReadonlyMap<string, MountedVolume>): Device[] {
  return (container.volumeDevices ?? []).map(({ name, devicePath }) => {
    if (!devicePath.startsWith('/')) throw refused(`error DevicePath \`${devicePath}\` must be an absolute path`)
    const volume = volumes.get(name)
    if (!volume?.isDevice) throw refused(`cannot find volume ${JSON.stringify(name)} to pass into container ${JSON.stringify(container.name)}`)
    return { hostPath: volume.hostPath, containerPath: devicePath, permissions: volume.readOnly ? 'r' : 'mrw' }
  })
}

const refused = (message: string) => new ContainerConfigError('CreateContainerConfigError', message)
