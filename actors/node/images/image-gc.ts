import type { ContainerEngine } from '../../../src/engine/engine.ts'
import type { ImageState } from '../../../src/engine/image.ts'
import { canonicalReference } from '../../../src/images/image-reference.ts'
import type { FilesystemStats } from '../../../src/stats/filesystem.ts'
import type { Actor, ActorContext } from '../../kernel/types.ts'
import type { ImageGcMessage } from '../messages.ts'
import type { NodeEvents } from '../node-events.ts'
import { bytesToFree, type ImageRecord, type ImageThresholds, removable, tooOld } from './collect.ts'

export interface ImageGcOptions extends ImageThresholds {
  readonly engine: Pick<ContainerEngine, 'listImages' | 'imagesInUse' | 'removeImage'>
  /** Of the file system that holds the images. */
  readonly disk: () => Promise<Pick<FilesystemStats, 'capacityBytes' | 'availableBytes'>>
  /** Never removed: the pause image. */
  readonly isPinned: (image: ImageState) => boolean
  /** References of images that pods have mounted as volumes, which no container tells of. */
  readonly mountedImages?: () => Iterable<string>
  readonly minimumAgeMs: number
  /** 0: however long an image is unused, it may stay. */
  readonly maximumAgeMs: number
  readonly nodeEvents: Pick<NodeEvents, 'record'>
  /** Told of each image that went, and why. */
  readonly removed?: (reason: 'age' | 'space') => void
}

/** kubelet 1.32: ImageGCPeriod. */
const periodMs = 300_000

/** Removes images that no container needs: when their file system is full, when they are too old, and when the node is short of disk. */
export class ImageGc implements Actor<ImageGcMessage> {
  readonly #context: ActorContext
  readonly #options: ImageGcOptions
  readonly #seen = new Map<string, { readonly firstSeen: number; lastUsed: number | undefined }>()
  #working: Promise<unknown> = Promise.resolve()
  #failed = false

  constructor(context: ActorContext, options: ImageGcOptions) {
    this.#context = context
    this.#options = options
  }

  start(): void {
    // What is there now is known from now on; kubelet too looks first and removes at the next turn.
    this.#later()
    void this.#inTurn(() => this.#look()).catch(() => {})
  }

  async receive(message: ImageGcMessage): Promise<void> {
    if (message.type !== 'CollectImages') return
    this.#later()
    const { nodeEvents } = this.#options
    try {
      await this.#inTurn(() => this.#collect())
      this.#failed = false
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#context.log.warn('images could not be removed', { error: why })
      // kubelet: a first failure may be the engine's start.
      if (this.#failed) nodeEvents.record('Warning', 'ImageGCFailed', why)
      this.#failed = true
    }
  }

  /** All that may go, at once. */
  async removeUnused(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#free(removable(await this.#look(), this.#now(), this.#options.minimumAgeMs), Number.POSITIVE_INFINITY, 'space')
    })
  }

  /** One turn at a time: what two counted as theirs would be freed once. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.then(work)
    this.#working = done.catch(() => {})
    return done
  }

  #later(): void {
    const collect: ImageGcMessage = { type: 'CollectImages' }
    this.#context.after('collect', periodMs, collect)
  }

  #now(): number {
    return this.#context.clock.wall()
  }

  async #collect(): Promise<void> {
    const { disk, minimumAgeMs, maximumAgeMs, nodeEvents } = this.#options
    const candidates = removable(await this.#look(), this.#now(), minimumAgeMs)
    const old = tooOld(candidates, this.#now(), maximumAgeMs)
    await this.#free(old, Number.POSITIVE_INFINITY, 'age')
    const wanted = bytesToFree(await disk(), this.#options)
    if (wanted === 0) return
    const freed = await this.#free(
      candidates.filter((image) => !old.includes(image)),
      wanted,
      'space',
    )
    this.#context.log.info('removed images, as their file system is full', { wantedBytes: wanted, freedBytes: freed })
    if (freed >= wanted) return
    const message = `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`
    nodeEvents.record('Warning', 'FreeDiskSpaceFailed', message)
    throw new Error(message)
  }

  /** Removes until so many bytes are free; answers how many are. What the engine will not let go stays, and is told when nothing else was to be had. */
  async #free(images: readonly ImageRecord[], wantedBytes: number, reason: 'age' | 'space'): Promise<number> {
    const failures: string[] = []
    let freed = 0
    for (const { id, sizeBytes } of images) {
      if (freed >= wantedBytes || this.#context.signal.aborted) break
      try {
        await this.#options.engine.removeImage(id)
        this.#seen.delete(id)
        this.#options.removed?.(reason)
        freed += sizeBytes
        this.#context.log.info('removed an image that nothing uses', { image: id, sizeBytes })
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error))
      }
    }
    if (failures.length > 0 && freed < wantedBytes)
      throw new Error(`wanted to free ${wantedBytes} bytes, but freed ${freed} bytes space with errors in image deletion: ${failures.join('; ')}`)
    return freed
  }

  async #look(): Promise<ImageRecord[]> {
    const { engine, isPinned, mountedImages = () => [] } = this.#options
    const mounted = new Set(Array.from(mountedImages(), canonicalReference))
    const isMounted = ({ id, repoTags, repoDigests }: ImageState) =>
      mounted.size > 0 && [id, ...repoTags, ...repoDigests].some((name) => mounted.has(canonicalReference(name)))
    const [images, used] = await Promise.all([engine.listImages(), engine.imagesInUse()])
    const now = this.#now()
    const there = new Set(images.map(({ id }) => id))
    for (const id of this.#seen.keys()) if (!there.has(id)) this.#seen.delete(id)
    return images.map((image) => {
      const inUse = used.has(image.id) || isMounted(image)
      const known = this.#seen.get(image.id) ?? { firstSeen: now, lastUsed: undefined }
      if (inUse) known.lastUsed = now
      this.#seen.set(image.id, known)
      return { id: image.id, sizeBytes: image.sizeBytes, ...known, inUse, pinned: isPinned(image) }
    })
  }
}
