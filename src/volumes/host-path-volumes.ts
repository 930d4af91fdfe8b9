import { chmod } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectory } from '../base/make-directory.ts'
import type { VolumeMode } from './kinds/payload-volume.ts'
import { removeTree } from './tree/remove.ts'

/** The directories of this node that are claims' volumes (class of the provisioner `podsteward.io/host-path`), each below one root. */
export interface HostPathVolumes {
  /** Makes the directory of a volume, anyone may write to it; one that is there keeps what is in it. Answers its path. */
  make(name: string): Promise<string>
  /** Deletes the directory of a volume with all that is in it, and nothing that it leads to. Safe when it is not there. */
  remove(name: string): Promise<void>
}

/** The name is none of a volume. */
export class VolumeNameError extends Error {
  override readonly name = 'VolumeNameError'
}

/** `<root>/host-path-volumes/<name>`; in memory mode there are no directories behind the paths. */
export function hostPathVolumes(rootDirectory: string, mode: VolumeMode): HostPathVolumes {
  const pathOf = (name: string) => {
    // Names of PersistentVolumes: no separator, and no dot first.
    if (!/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/.test(name))
      throw new VolumeNameError(`${JSON.stringify(name)} is no name of a volume: lower case letters, digits, '-' and '.' alone`)
    return join(rootDirectory, 'host-path-volumes', name)
  }
  return {
    async make(name) {
      const path = pathOf(name)
      if (mode === 'system') {
        // As the directories of pods: whoever is no pod has nothing to seek there, whatever the umask is.
        await makeDirectory(dirname(path), 0o750)
        await makeDirectory(path, 0o777)
        // Whatever the umask is: a pod's user is not known here.
        await chmod(path, 0o777)
      }
      return path
    },
    async remove(name) {
      const path = pathOf(name)
      if (mode === 'system') await removeTree(path)
    },
  }
}
