import { containers } from '../../protobuf/cri/container.ts'
import { images } from '../../protobuf/cri/image.ts'
import type { Taken } from '../../protobuf/table.ts'
import { EngineError, type PodIdentity } from '../engine.ts'
import type { ImageState, RegistryCredential } from '../image.ts'
import { checkReference, withTag } from '../image-references.ts'
import { pauseImageReference } from '../pause-image/pause-image.ts'
import { pullErrorKind } from '../pull-error-kind.ts'
import type { CriConnection } from './connection.ts'
import { grpcCode, runtimeMessage, unlessGone } from './errors.ts'
import { podLabels } from './labels.ts'
import { importPauseImage, sandboxImageName } from './pause-import.ts'

type Image = NonNullable<Taken<(typeof images.status)['response']>['image']>

/** The runtime's images. */
export class CriImages {
  readonly #connection: CriConnection
  #sandboxImage: Promise<string | undefined> | undefined

  constructor(connection: CriConnection) {
    this.#connection = connection
  }

  async state(name: string): Promise<ImageState | undefined> {
    const look = () => this.#connection.read(`look at image ${name}`, images.status, { image: { image: checkReference(name) } })
    const { image } = await look()
    if (image) return imageState(image)
    // Ours needs no registry: as on Docker it is there when it is asked for.
    if (name !== pauseImageReference || !(await importPauseImage(this.#connection, name))) return undefined
    const made = (await look()).image
    return made && imageState(made)
  }

  async list(): Promise<readonly ImageState[]> {
    const answer = await this.#connection.read('list images', images.list, {})
    return answer.images.map(imageState)
  }

  /** Ids of the images of all containers, whether they run or not, and of those that the runtime keeps for itself: pinned ones, and the sandboxes' own. */
  async inUse(): Promise<ReadonlySet<string>> {
    this.#sandboxImage ??= sandboxImageName(this.#connection).catch(() => undefined)
    const [present, answer, sandboxImage] = await Promise.all([
      this.#connection.read('list images', images.list, {}),
      this.#connection.read('list containers', containers.list, {}),
      this.#sandboxImage,
    ])
    const byReference = new Map(
      present.images.flatMap(({ id, repoDigests, repoTags }) => [...repoDigests, ...repoTags].map((reference) => [reference, id] as const)),
    )
    const used = new Set(answer.containers.map(({ imageId, imageRef }) => imageId || byReference.get(imageRef) || imageRef))
    for (const { id, pinned } of present.images) if (pinned) used.add(id)
    const own = sandboxImage === undefined ? undefined : byReference.get(sandboxImage)
    if (own !== undefined) used.add(own)
    return used
  }

  async pull(name: string, credential: RegistryCredential | undefined, signal: AbortSignal | undefined, pod: PodIdentity | undefined): Promise<ImageState> {
    const request = {
      image: { image: withTag(checkReference(name)), userSpecifiedImage: name },
      ...(credential ? { auth: { ...credential } } : {}),
      ...(pod ? { sandboxConfig: { metadata: { name: pod.name, uid: pod.uid, namespace: pod.namespace, attempt: 0 }, labels: podLabels(pod, {}) } } : {}),
    }
    let reference: string
    try {
      // kubelet: a pull has no deadline of the call's own.
      ;({ imageRef: reference } = await this.#connection.linger(`pull image ${name}`, images.pull, request, { deadlineMs: Number.POSITIVE_INFINITY, signal }))
    } catch (error) {
      if (!(error instanceof EngineError) || grpcCode(error) === undefined || error.kind === 'unreachable') throw error
      throw new EngineError(pullKind(error), error.message, { cause: error.cause })
    }
    const state = await this.state(reference)
    if (!state) throw new EngineError('image-not-found', `image ${name} was pulled and is gone again`)
    return state
  }

  /** Removes the image under all its names; one that is gone is fine. Throws `invalid` when it is in use: a runtime would not mind. */
  async remove(id: string): Promise<void> {
    if ((await this.inUse()).has(id)) throw new EngineError('invalid', `image ${id} is in use, by a container or by the runtime itself`)
    await unlessGone(this.#connection.change(`remove image ${id}`, images.remove, { image: { image: id } }))
  }
}

/** CRI has a sentence for what Docker has a status for. */
function pullKind(error: EngineError): ReturnType<typeof pullErrorKind> {
  const said = runtimeMessage(error)
  if (/^(RegistryUnavailable|SignatureValidationFailed)\b/.test(said)) return said.startsWith('Registry') ? 'registry-unavailable' : 'internal'
  // containerd says `not found` of a manifest by gRPC's code too.
  return error.kind === 'not-found' ? 'image-not-found' : pullErrorKind(said)
}

/** What CRI tells of an image; what its programs are only the runtime needs. */
const imageState = ({ id, repoTags, repoDigests, size, uid, username }: Image): ImageState => ({
  id,
  repoTags,
  repoDigests,
  sizeBytes: size,
  createdAt: 0,
  user: uid ? String(uid.value) : username.split(':')[0] || '',
  entrypoint: [],
  command: [],
  workingDir: '',
})
