import { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { EngineError } from '../engine.ts'
import type { ImageState, RegistryCredential } from '../image.ts'
import { checkReference, withTag } from '../image-references.ts'
import { Limiter } from '../limiter.ts'
import { buildPauseImage, type PauseImage } from '../pause-image/pause-image.ts'
import { pullErrorKind } from '../pull-error-kind.ts'
import { answers } from './answers.ts'
import type { DockerConnection } from './connection.ts'
import { dockerMessage, statusOf } from './errors.ts'
import { type ImageNames, statusImageId } from './image-references.ts'
import { wallTime } from './inspected.ts'
import { lines } from './lines.ts'

/** Of one line of progress: they are short. */
const mostProgressBytes = 2 ** 20
const mostErrorChars = 4096

/** At most this many names of images by content are remembered. */
const rememberedIds = 1000

/** The engine's images. */
export class DockerImages {
  readonly #connection: DockerConnection
  readonly #names = new Map<string, ImageNames>()
  #pause: Promise<string> | undefined
  #builtIn: PauseImage | undefined

  constructor(connection: DockerConnection) {
    this.#connection = connection
  }

  async state(name: string): Promise<ImageState | undefined> {
    const reference = checkReference(name)
    try {
      const info = await this.#connection.read(`inspect image ${name}`, answers.imageDetails, (docker) => docker.getImage(reference).inspect())
      return {
        id: info.Id,
        repoTags: info.RepoTags ?? [],
        repoDigests: info.RepoDigests ?? [],
        sizeBytes: info.Size,
        createdAt: wallTime(info.Created) ?? 0,
        // `1000:1000` is a user and a group.
        user: info.Config?.User.split(':')[0] ?? '',
        entrypoint: info.Config?.Entrypoint ?? [],
        command: info.Config?.Cmd ?? [],
        workingDir: info.Config?.WorkingDir ?? '',
      }
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'not-found') return undefined
      throw error
    }
  }

  async list(): Promise<readonly ImageState[]> {
    const rows = await this.#connection.read('list images', answers.imageRows, (docker) => docker.listImages())
    const limiter = new Limiter(4)
    const ids = [...new Set(rows.map((row) => row.Id))]
    // An image may go between the list and the look.
    const states = await Promise.all(ids.map((id) => limiter.run(() => this.state(id))))
    return states.filter((state) => state !== undefined)
  }

  async inUse(): Promise<ReadonlySet<string>> {
    const rows = await this.#connection.read('list containers', answers.containerRows, (docker) => docker.listContainers({ all: true }))
    return new Set(rows.map((row) => row.ImageID))
  }

  /** What a status calls an image, by its id. */
  async names(id: string): Promise<ImageNames> {
    const known = this.#names.get(id)
    if (known !== undefined) return known
    const state = await this.state(id)
    const names = { statusId: statusImageId(id, state?.repoDigests), tag: state?.repoTags[0] }
    if (state) {
      if (this.#names.size >= rememberedIds) this.#names.clear()
      this.#names.set(id, names)
    }
    return names
  }

  async pull(name: string, credential: RegistryCredential | undefined, signal: AbortSignal | undefined): Promise<ImageState> {
    const tagged = withTag(checkReference(name))
    const { closed } = this.#connection
    const abortSignal = signal ? AbortSignal.any([signal, closed]) : closed
    const authconfig = credential && {
      username: credential.username,
      password: credential.password,
      identitytoken: credential.identityToken,
      registrytoken: credential.registryToken,
      serveraddress: credential.serverAddress ?? '',
    }
    const pulling = async (docker: Docker) => {
      const progress: NodeJS.ReadableStream = await docker.pull(tagged, { ...(authconfig && { authconfig }), abortSignal }).catch((error: unknown) => {
        abortSignal.throwIfAborted()
        if (statusOf(error) === undefined) throw error
        throw pullError(name, dockerMessage(error), error)
      })
      await drainProgress(progress, name)
      abortSignal.throwIfAborted()
    }
    await this.#connection.linger(`pull image ${name}`, pulling, { signal })
    // The same content may have got a digest by this pull.
    this.#names.clear()
    const state = await this.state(tagged)
    if (!state) throw new EngineError('image-not-found', `image ${name} was pulled and is gone again`)
    return state
  }

  /** Removes the image under all its names; one that is gone is fine. Throws `invalid` when a container uses it. */
  async remove(id: string): Promise<void> {
    const state = await this.state(id)
    if (!state) return
    // By id Docker refuses an image with several names, unless forced, which would take it from stopped containers too.
    for (const name of state.repoTags) await this.#removeName(name)
    // With a repository's last tag its digests go too; those of other repositories, that it was also pulled from, stay.
    const left = state.repoTags.length > 0 ? await this.state(state.id) : state
    for (const name of left?.repoDigests ?? []) await this.#removeName(name)
    if (left) await this.#removeName(state.id)
    this.#names.delete(id)
  }

  async #removeName(name: string): Promise<void> {
    try {
      await this.#connection.change(`remove image ${name}`, answers.nothing, (docker) => docker.getImage(name).remove())
    } catch (error) {
      if (!(error instanceof EngineError && error.kind === 'not-found')) throw error
    }
  }

  /** The reference of the pause image, made when it is missing. */
  async ensurePause(configured: string | undefined): Promise<string> {
    if (configured !== undefined) {
      if (!(await this.state(configured))) await this.pull(configured, undefined, undefined)
      return configured
    }
    this.#pause ??= this.#loadPause()
    try {
      return await this.#pause
    } finally {
      // Not remembered: the image may be removed by hand between two sandboxes.
      this.#pause = undefined
    }
  }

  async #loadPause(): Promise<string> {
    const image = await this.#pauseImage()
    if (await this.state(image.id)) return image.id
    await this.#connection.linger('load the pause image', async (docker) => {
      await drainProgress(await docker.loadImage(Readable.from([image.archive])), image.reference)
    })
    this.#connection.log.info('loaded the pause image', { image: image.reference, id: image.id })
    return image.id
  }

  async #pauseImage(): Promise<PauseImage> {
    if (this.#builtIn) return this.#builtIn
    const { Arch } = await this.#connection.read('ask for the version', answers.version, (docker) => docker.version())
    if (Arch === 'amd64' || Arch === 'arm64') {
      this.#builtIn = buildPauseImage(Arch)
      return this.#builtIn
    }
    throw new EngineError('invalid', `there is no built-in pause image for ${Arch}: give one by --pod-infra-container-image`)
  }
}

/** Reads a progress stream to its end; an error arrives in it, after status 200. */
async function drainProgress(progress: NodeJS.ReadableStream, name: string): Promise<void> {
  for await (const line of lines(progress as AsyncIterable<Buffer>, mostProgressBytes)) {
    const error = errorIn(line)
    if (error !== undefined) throw pullError(name, error.slice(0, mostErrorChars), undefined)
  }
}

/** What a line of progress says went wrong; of a line that cannot be read nobody knows. */
function errorIn(line: string): string | undefined {
  if (!line.includes('"error"')) return undefined
  try {
    const said: unknown = JSON.parse(line)
    return typeof said === 'object' && said !== null && 'error' in said ? String(said.error) : undefined
  } catch {
    return undefined
  }
}

const pullError = (name: string, said: string, cause: unknown) => new EngineError(pullErrorKind(said), `cannot pull image ${name}: ${said}`, { cause })
