import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { csiPlugin } from '../../../src/csi/volume.ts'
import type { PodState } from '../../../src/engine/engine.ts'
import { removeCgroup } from '../../../src/stats/cgroup/remove.ts'
import { removePodDirectory, unmountAll } from '../../../src/volumes/clean-up.ts'
import { podCgroup } from '../container-config/resources.ts'
import { nameFits } from '../paths.ts'
import type { PodScope } from '../scope.ts'
import type { UnmountTimes } from './unmount-times.ts'

/**
 * Undoes everything of the pod, in reverse: containers, sandboxes, the cgroup, volumes, directories. Each part may be gone already.
 * Without `removeContainers` (a pod that ended but is not deleted) the dead containers and their logs stay to be read.
 */
export async function cleanUp(scope: PodScope, observed: PodState, times: UnmountTimes, removeContainers: boolean): Promise<void> {
  const { engine, mounter } = scope.environment
  for (const sandbox of observed.sandboxes) if (sandbox.ready) await engine.stopSandbox(sandbox.id)
  if (removeContainers) {
    for (const container of observed.containers) await engine.removeContainer(container.id)
    for (const sandbox of observed.sandboxes) await engine.removeSandbox(sandbox.id)
  }
  const { directory, logs } = scope.paths
  const unmounted = async () => {
    await unpublishCsi(scope)
    await times.during(mounter, (timed) => (removeContainers ? removePodDirectory(directory, timed) : unmountAll(directory, timed)))
  }
  // What keeps one of them, such as a disk that cannot be written, keeps the others no longer than it must.
  const undone = [destroyCgroup(scope), unmounted()]
  if (removeContainers && nameFits(logs)) undone.push(removePodDirectory(logs, mounter))
  const failure = (await Promise.allSettled(undone)).find((each) => each.status === 'rejected')
  if (failure) throw failure.reason
}

/** The engine makes a pod's cgroup for its containers and leaves it; with systemd an empty slice goes by itself. */
async function destroyCgroup({ pod, environment }: PodScope): Promise<void> {
  const { engineInfo, config, metrics, clock } = environment
  const cgroup = engineInfo.cgroupDriver === 'cgroupfs' ? podCgroup(pod, config, engineInfo.cgroupDriver) : undefined
  if (!cgroup) return
  const began = clock.monotonic()
  await removeCgroup(cgroup)
  metrics.cgroup('destroy', (clock.monotonic() - began) / 1000)
}

/** A driver undoes its own mounts; binds of parts of them are undone before. */
async function unpublishCsi(scope: PodScope): Promise<void> {
  const places = ['volumes', 'volumeDevices'].map((kind) => access(join(scope.paths.directory, kind, csiPlugin)))
  if (!(await Promise.allSettled(places)).some(({ status }) => status === 'fulfilled')) return
  await unmountAll(join(scope.paths.directory, 'volume-subpaths'), scope.environment.mounter)
  await scope.unpublishCsi()
}
