import { join } from 'node:path'
import { nameInside } from './inside.ts'
import { VolumeError } from './volume.ts'

/** `<pod>/volumes/<plugin>/<name>`. A name that is not a single name is refused with a `VolumeError`. */
export function volumeDirectory(podDirectory: string, plugin: string, name: string): string {
  try {
    return nameInside(join(podDirectory, 'volumes', plugin), name)
  } catch (cause) {
    throw new VolumeError(name, `spec.volumes[].name: ${(cause as Error).message}`, { cause })
  }
}

/** `<pod>/volumeDevices/<plugin>/<name>`: a link to the device. A name that is not a single name is refused with a `VolumeError`. */
export function deviceLink(podDirectory: string, plugin: string, name: string): string {
  try {
    return nameInside(join(podDirectory, 'volumeDevices', plugin), name)
  } catch (cause) {
    throw new VolumeError(name, `metadata.name: ${(cause as Error).message}`, { cause })
  }
}

/** `<pod>/plugins/<plugin>/<name>`, where a kind keeps its own notes. */
export function pluginDirectory(podDirectory: string, plugin: string, name: string): string {
  return nameInside(join(podDirectory, 'plugins', plugin), name)
}
