import { basename } from 'node:path'
import type { Clock } from '../../../src/base/clock.ts'
import type { PodMetrics } from '../../../src/metrics/pod-metrics.ts'
import type { MountedVolume, Mounter } from '../../../src/volumes/volume.ts'

interface Leaving {
  readonly plugin: string
  readonly isDevice: boolean
  /** How the paths of its mounts end, from the pod's directory on: what is above that may be written in another way (a symlink). */
  readonly places: readonly string[]
}

/** What was unmounted so far: how long it took, and whether all of it went. */
interface Spent {
  readonly ms: number
  readonly failed: boolean
}

/**
 * A pod's mounts go together, deepest first; a kubelet unmounts volume by volume and tells how long each took. So the time of each mount is counted to the
 * volume that it belongs to. What a CSI driver has mounted, it undoes itself, and that is told where it is asked to.
 */
export class UnmountTimes {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #metrics: Pick<PodMetrics, 'storage'>
  readonly #podDirectory: string
  readonly #leaving = new Map<string, Leaving>()

  constructor(podDirectory: string, clock: Pick<Clock, 'monotonic'>, metrics: Pick<PodMetrics, 'storage'>) {
    this.#podDirectory = podDirectory
    this.#clock = clock
    this.#metrics = metrics
  }

  /** The volume is to be unmounted. */
  leaves({ name, hostPath, isDevice, driver }: MountedVolume, plugin: string): void {
    if (driver !== undefined) return
    const directory = this.#podDirectory
    const inside = [hostPath, `${directory}/volume-subpaths/${name}`].filter((place) => place.startsWith(`${directory}/`))
    this.#leaving.set(name, { plugin, isDevice: isDevice === true, places: inside.map((place) => `/${basename(directory)}${place.slice(directory.length)}/`) })
  }

  /** Does the work with a mounter that is timed, then tells. A volume that did not go is told again at the next try. */
  async during(mounter: Mounter, work: (timed: Mounter) => Promise<void>): Promise<void> {
    const spent = new Map<string, Spent>()
    const unmount = async (path: string) => {
      const began = this.#clock.monotonic()
      const count = (failed: boolean) => this.#count(spent, path, this.#clock.monotonic() - began, failed)
      try {
        await mounter.unmount(path)
      } catch (error) {
        count(true)
        throw error
      }
      count(false)
    }
    try {
      await work({ ...mounter, unmount })
    } finally {
      this.#tell(spent)
    }
  }

  #count(spent: Map<string, Spent>, path: string, ms: number, failed: boolean): void {
    for (const [name, { places }] of this.#leaving) {
      if (!places.some((place) => `${path}/`.includes(place))) continue
      const before = spent.get(name)
      spent.set(name, { ms: (before?.ms ?? 0) + ms, failed: failed || before?.failed === true })
    }
  }

  #tell(spent: ReadonlyMap<string, Spent>): void {
    for (const [name, { plugin, isDevice }] of [...this.#leaving]) {
      // Nothing was mounted for it: an emptyDir on the disk, a hostPath.
      const { ms, failed } = spent.get(name) ?? { ms: 0, failed: false }
      this.#metrics.storage(isDevice ? 'unmap_volume' : 'volume_unmount', plugin, ms / 1000, failed)
      if (!failed) this.#leaving.delete(name)
    }
  }
}
