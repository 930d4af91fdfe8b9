import { lstat, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Logger } from '../../../src/base/log.ts'
import { readStateFile, writeStateFile } from '../../../src/base/state-file.ts'
import type { CsiVolume, CsiVolumeData } from '../../../src/csi/volume.ts'
import { inUseName } from '../../../src/csi/volume-names.ts'
import { devicePlaces, devicesOf, mountPlaces, mountsOf, type Places } from './places.ts'

const dataFile = 'vol_data.json'

const volumeData = z.looseObject({
  driverName: z.string().min(1),
  volumeHandle: z.string().min(1),
  specVolID: z.string().min(1),
  volumeLifecycleMode: z.enum(['Persistent', 'Ephemeral']),
})

/** A volume that a pod has, as what was written beside it tells. */
export interface PublishedVolume {
  readonly places: Places
  readonly data: CsiVolumeData
  readonly block: boolean
}

/** What a pod has of CSI. Directories and links that no driver was asked for go. */
export async function publishedIn(rootDirectory: string, podDirectory: string, log: Logger): Promise<PublishedVolume[]> {
  const found: PublishedVolume[] = []
  for (const name of await readdir(mountsOf(podDirectory)).catch(() => [])) {
    const directory = join(mountsOf(podDirectory), name)
    const data = await readData(directory, log)
    if (data) found.push({ places: mountPlaces(rootDirectory, podDirectory, data.driverName, data.volumeHandle, name), data, block: false })
    else await rmdir(directory).catch(() => {})
  }
  for (const name of await readdir(devicesOf(podDirectory)).catch(() => [])) {
    const places = devicePlaces(rootDirectory, podDirectory, name)
    const data = await readData(places.stagingData, log)
    if (data) found.push({ places, data, block: true })
    else await rm(places.mark, { force: true })
  }
  return found
}

/** The volumes that pods of an earlier agent have, by their names in `Node.status.volumesInUse`. */
export async function volumesInUse(rootDirectory: string, log: Logger): Promise<string[]> {
  const all = await Promise.all((await podDirectories(rootDirectory)).map((directory) => publishedIn(rootDirectory, directory, log)))
  return all
    .flat()
    .filter(({ data }) => data.volumeLifecycleMode === 'Persistent')
    .map(({ data }) => inUseName(data.driverName, data.volumeHandle))
}

/** Some pod of the node still has the volume. */
export async function isUsed(rootDirectory: string, { data, places, block }: PublishedVolume, log: Logger): Promise<boolean> {
  for (const directory of await podDirectories(rootDirectory)) {
    if (block && (await isThere(devicePlaces(rootDirectory, directory, data.specVolID).mark))) return true
    if (block) continue
    for (const name of await readdir(mountsOf(directory)).catch(() => [])) {
      const mark = join(mountsOf(directory), name)
      if (mark === places.mark) continue
      const other = await readData(mark, log)
      if (other ? other.driverName === data.driverName && other.volumeHandle === data.volumeHandle : name === data.specVolID && (await wasWritten(mark)))
        return true
    }
  }
  return false
}

export async function writeData(directory: string, volume: CsiVolume): Promise<void> {
  const data: CsiVolumeData = {
    driverName: volume.driver,
    volumeHandle: volume.volumeHandle,
    specVolID: volume.name,
    volumeLifecycleMode: volume.inline ? 'Ephemeral' : 'Persistent',
  }
  await writeStateFile(join(directory, dataFile), JSON.stringify(data))
}

/** Undefined where there is none, or what is there does not say which volume it is: nothing can be asked of a driver then. That is set aside and told of. */
export const readData = (directory: string, log: Logger): Promise<CsiVolumeData | undefined> =>
  readStateFile(join(directory, dataFile), (text) => volumeData.parse(JSON.parse(text)), log).catch((error: unknown) => {
    log.warn('which CSI volume is published cannot be read', { directory, error: String(error) })
    return undefined
  })

/** A driver was asked for what is there, whether or not it can be read now of which volume. */
export const wasWritten = async (directory: string): Promise<boolean> =>
  (await isThere(join(directory, dataFile))) || (await isThere(join(directory, `${dataFile}.damaged`)))

export async function removeData(directory: string): Promise<void> {
  for (const name of [dataFile, `${dataFile}.damaged`]) await rm(join(directory, name), { recursive: true, force: true })
}

export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

async function podDirectories(rootDirectory: string): Promise<string[]> {
  const pods = join(rootDirectory, 'pods')
  return (await readdir(pods).catch(() => [])).map((uid) => join(pods, uid))
}
