import type { ImageState } from '../../../src/engine/image.ts'
import type { Container } from '../../../src/kube/objects.ts'
import { StartError, type StartTools } from './create-container.ts'
import { ensureImage } from './image.ts'

/**
 * Makes the images present that the container has mounted, by their pull policies and with the pod's secrets, as its own; by the volume's name. Throws `ImageError`,
 * and `StartError` where the engine cannot mount images.
 */
export async function imagesOfVolumes(container: Container, { scope, volumes }: StartTools, signal: AbortSignal): Promise<ReadonlyMap<string, ImageState>> {
  const found = new Map<string, ImageState>()
  for (const name of new Set((container.volumeMounts ?? []).map((mount) => mount.name))) {
    const image = volumes.get(name)?.image
    if (!image) continue
    const { engineInfo, metrics } = scope.environment
    metrics.imageVolumes('requested', 1)
    const { noImageVolumes } = engineInfo
    if (noImageVolumes !== undefined) throw new StartError('CreateContainerError', `volume ${JSON.stringify(name)} is an image: ${noImageVolumes}`)
    // What is told of it is told of the pod: it is no container's own image.
    found.set(name, await ensureImage(scope, { name: '', image: image.reference, imagePullPolicy: image.pullPolicy }, signal))
  }
  return found
}
