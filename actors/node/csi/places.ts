import { createHash } from 'node:crypto'
import { basename, join } from 'node:path'
import { csiPlugin } from '../../../src/csi/volume.ts'
import { pluginDirectory } from '../../../src/volumes/directories.ts'
import { nameInside } from '../../../src/volumes/inside.ts'

/** Where one volume of a driver lies on this node; kubelet's directories, so that what knows a kubelet finds them. */
export interface Places {
  /** Staged once for the node. */
  readonly staging: string
  /** Beside the staging: `vol_data.json`. */
  readonly stagingData: string
  /** Published for the pod. */
  readonly target: string
  /** In the pod's directory: what says that the pod has it, there before it is published. */
  readonly mark: string
  /** In the pod's directory: there while the volume is being given to the pod's group; a walk that failed half-way is then known. */
  readonly unowned: string
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** `<root>/plugins/kubernetes.io/csi`. */
const pluginRoot = (rootDirectory: string) => join(rootDirectory, 'plugins/kubernetes.io/csi')

/** `<pod>/volumes/kubernetes.io~csi`, a directory for each volume. */
export const mountsOf = (podDirectory: string) => join(podDirectory, 'volumes', csiPlugin)

/** `<pod>/volumeDevices/kubernetes.io~csi`, a link for each volume. */
export const devicesOf = (podDirectory: string) => join(podDirectory, 'volumeDevices', csiPlugin)

const unownedOf = (podDirectory: string, name: string) => join(pluginDirectory(podDirectory, csiPlugin, name), 'unowned')

/** Of a file system: `name` is the directory's. */
export function mountPlaces(rootDirectory: string, podDirectory: string, driver: string, volumeHandle: string, name: string): Places {
  const stagingData = join(pluginRoot(rootDirectory), encodeURIComponent(driver), sha256(volumeHandle))
  const mark = nameInside(mountsOf(podDirectory), name)
  return { staging: join(stagingData, 'globalmount'), stagingData, target: join(mark, 'mount'), mark, unowned: unownedOf(podDirectory, name) }
}

/** Of a device: `name` is the PersistentVolume's. */
export function devicePlaces(rootDirectory: string, podDirectory: string, name: string): Places {
  const devices = join(pluginRoot(rootDirectory), 'volumeDevices')
  return {
    staging: nameInside(join(devices, 'staging'), name),
    stagingData: join(nameInside(devices, name), 'data'),
    target: join(nameInside(join(devices, 'publish'), name), basename(podDirectory)),
    mark: nameInside(devicesOf(podDirectory), name),
    unowned: unownedOf(podDirectory, name),
  }
}
