import { lstat, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readRegularFile } from '../../../src/base/regular-file.ts'
import { writeStateFile } from '../../../src/base/state-file.ts'
import type { CsiVolume, CsiVolumeData } from '../../../src/csi/volume.ts'
import { devicePlaces, devicesOf, inUseName, mountPlaces, mountsOf, type Places } from './places.ts'

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
export async function publishedIn(rootDirectory: string, podDirectory: string): Promise<PublishedVolume[]> {
  const found: PublishedVolume[] = []
  for (const name of await readdir(mountsOf(podDirectory)).catch(() => [])) {
    const directory = join(mountsOf(podDirectory), name)
    const data = await readData(directory)
    if (data) found.push({ places: mountPlaces(rootDirectory, podDirectory, data.driverName, data.volumeHandle, name), data, block: false })
    else await rmdir(directory).catch(() => {})
  }
  for (const name of await readdir(devicesOf(podDirectory)).catch(() => [])) {
    const places = devicePlaces(rootDirectory, podDirectory, name)
    const data = await readData(places.stagingData)
    if (data) found.push({ places, data, block: true })
    else await rm(places.mark, { force: true })
  }
  return found
}

/** The volumes that pods of an earlier agent have, by their names in `Node.status.volumesInUse`. */
export async function volumesInUse(rootDirectory: string): Promise<string[]> {
  const all = await Promise.all((await podDirectories(rootDirectory)).map((directory) => publishedIn(rootDirectory, directory)))
  return all
    .flat()
    .filter(({ data }) => data.volumeLifecycleMode === 'Persistent')
    .map(({ data }) => inUseName(data.driverName, data.volumeHandle))
}

/** Some pod of the node still has the volume. */
export async function isUsed(rootDirectory: string, { data, places, block }: PublishedVolume): Promise<boolean> {
  for (const directory of await podDirectories(rootDirectory)) {
    if (block && (await isThere(devicePlaces(rootDirectory, directory, data.specVolID).mark))) return true
    if (block) continue
    for (const name of await readdir(mountsOf(directory)).catch(() => [])) {
      const other = await readData(join(mountsOf(directory), name))
      if (other?.driverName === data.driverName && other.volumeHandle === data.volumeHandle && join(mountsOf(directory), name) !== places.mark) return true
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

/** Undefined where there is none, or what is there does not say which volume it is: nothing can be asked of a driver then. */
export async function readData(directory: string): Promise<CsiVolumeData | undefined> {
  const text = await readRegularFile(join(directory, dataFile)).catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const data = volumeData.parse(JSON.parse(text))
    return data
  } catch {
    return undefined
  }
}

export const removeData = (directory: string): Promise<void> => rm(join(directory, dataFile), { force: true })

export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

async function podDirectories(rootDirectory: string): Promise<string[]> {
  const pods = join(rootDirectory, 'pods')
  return (await readdir(pods).catch(() => [])).map((uid) => join(pods, uid))
}
