import { assertNever } from '../../../src/base/assert-never.ts'
import { backoffDelay } from '../../../src/base/backoff.ts'
import type { CsiVolume } from '../../../src/csi/volume.ts'
import { KubeError } from '../../../src/kube/client.ts'
import type { Node } from '../../../src/kube/objects.ts'
import { type Actor, type ActorContext, Later } from '../../kernel/types.ts'
import { nodeAddresses, type RecordEvent } from '../messages.ts'
import { reportDrivers } from './csi-node.ts'
import { type CsiDriver, CsiDrivers } from './drivers.ts'
import { VolumeExpansions } from './expand.ts'
import type { CsiAnswer, CsiMessage, CsiStep } from './messages.ts'
import { devicePlaces, mountPlaces, type Places } from './places.ts'
import { type CsiTools, NotAttachedError, publishVolume, republishVolume, StageError, unpublishVolume } from './publish.ts'
import { isThere, publishedIn, volumesInUse } from './published.ts'
import { volumeStats } from './volume-stats.ts'

export interface CsiOptions extends Omit<CsiTools, 'log'> {
  /** `<root>/plugins_registry`. */
  readonly registryDirectory: string
  readonly node: () => Node | undefined
}

const retry = { initialMs: 1000, maxMs: 60_000, jitter: 0.2 }
/** A socket is there before its server listens: what did not register is looked at again. */
const settleMs = 200

/** The node's CSI drivers, and the volumes that they stage and publish, for each driver one after the other. */
export class CsiVolumes implements Actor<CsiMessage> {
  readonly #context: ActorContext
  readonly #options: CsiOptions & CsiTools
  readonly #drivers: CsiDrivers
  readonly #expansions: VolumeExpansions
  /** The end of what each driver has to do: a slow one holds up its own volumes only. */
  readonly #last = new Map<string, Promise<unknown>>()
  #unwatch: (() => void) | undefined
  #scanning: Promise<void> = Promise.resolve()
  #failures = 0
  /** Nothing is told to the control plane of a node that never had a driver. */
  #hadDrivers = false

  constructor(context: ActorContext, options: CsiOptions) {
    this.#context = context
    this.#options = { ...options, log: context.log }
    this.#drivers = new CsiDrivers(options.registryDirectory, context.log, options.watcher)
    this.#expansions = new VolumeExpansions({
      ...options,
      clock: context.clock,
      event: (object, eventType, reason, message) =>
        context.send(nodeAddresses.eventRecorder, { type: 'RecordEvent', object, eventType, reason, message } satisfies RecordEvent),
    })
  }

  async start(): Promise<void> {
    for (const name of await volumesInUse(this.#options.rootDirectory, this.#context.log)) this.#options.inUse.add(name)
    const scan: CsiMessage = { type: 'ScanRegistry' }
    this.#unwatch = await this.#drivers.watch(() => this.#context.after('scan', settleMs, scan))
    this.#context.after('scan', 0, scan)
  }

  receive(message: CsiMessage): unknown {
    switch (message.type) {
      case 'PublishCsi':
        return new Later(this.#publish(message))
      case 'RefreshCsi':
        return new Later(this.#refresh(message))
      case 'UnpublishCsi':
        return new Later(this.#unpublish(message.podDirectory))
      case 'StatCsi':
        // Not in the driver's queue: it changes nothing, and shall not wait for what does.
        return new Later(this.#stats(message))
      case 'ScanRegistry':
        this.#scanning = this.#scanning.then(() => this.#scan())
        return undefined
      case 'ReportDrivers':
        void this.#report()
        return undefined
      default:
        assertNever(message)
    }
  }

  stop(): void {
    this.#unwatch?.()
  }

  async #scan(): Promise<void> {
    if (!(await this.#drivers.scan())) return
    this.#hadDrivers = true
    await this.#report()
  }

  async #report(): Promise<void> {
    const node = this.#options.node()
    try {
      if (!this.#hadDrivers) return
      if (!node?.metadata?.uid) throw new KubeError('the node is not registered yet', 0, 'NotRegistered')
      await reportDrivers(this.#options.client, node, this.#drivers.all())
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      if (this.#failures === 1) this.#context.log.warn('the CSINode object is not up to date, it is tried again', { error: String(error) })
      const again: CsiMessage = { type: 'ReportDrivers' }
      this.#context.after('report', backoffDelay(retry, this.#failures), again)
    }
  }

  #publish({ volume, pod, podDirectory }: Extract<CsiMessage, { type: 'PublishCsi' }>): Promise<CsiAnswer> {
    const places = this.#places(volume, podDirectory)
    return answerOf(() =>
      this.#inOrder(volume.driver, async () => {
        const driver = await this.#driver(volume.driver)
        await publishVolume(driver, volume, pod, places, this.#options)
        await this.#expansions.expand(driver, volume, pod, places).catch((cause: unknown) => {
          throw new ExpandError(cause instanceof Error ? cause.message : String(cause), { cause })
        })
        // Whether an inline one's driver wants it published again is found out at its first refresh.
        return { path: places.target, refreshes: true }
      }),
    )
  }

  #refresh({ volume, pod, podDirectory }: Extract<CsiMessage, { type: 'RefreshCsi' }>): Promise<CsiAnswer> {
    const places = this.#places(volume, podDirectory)
    return answerOf(() =>
      this.#inOrder(volume.driver, async () => {
        const driver = await this.#driver(volume.driver)
        const republishes = await republishVolume(driver, volume, pod, places, this.#options)
        if (await isThere(places.mark)) {
          // The volume is in use and as good as before: that it did not grow is told, and tried again.
          const failed = (error: unknown) => this.#expansions.failed(volume, pod, error)
          await this.#expansions.expand(driver, volume, pod, places).catch(failed)
        }
        return { path: places.target, refreshes: republishes || !volume.inline }
      }),
    )
  }

  #unpublish(podDirectory: string): Promise<CsiAnswer> {
    return answerOf(async () => {
      await this.#scanning
      for (const published of await publishedIn(this.#options.rootDirectory, podDirectory, this.#context.log)) {
        const { driverName } = published.data
        await this.#inOrder(driverName, async () => unpublishVolume(published, this.#known(driverName), this.#options))
        this.#expansions.forget(published.places)
      }
      return { path: '', refreshes: false }
    })
  }

  #places({ block, driver, volumeHandle, name }: CsiVolume, podDirectory: string): Places {
    const { rootDirectory } = this.#options
    return block ? devicePlaces(rootDirectory, podDirectory, name) : mountPlaces(rootDirectory, podDirectory, driver, volumeHandle, name)
  }

  async #stats({ driver, volumeHandle, path }: Extract<CsiMessage, { type: 'StatCsi' }>) {
    return volumeStats(await this.#driver(driver), volumeHandle, path, this.#options.watcher)
  }

  async #driver(name: string): Promise<CsiDriver> {
    await this.#scanning
    return this.#known(name)
  }

  #known(name: string): CsiDriver {
    const driver = this.#drivers.get(name)
    if (driver) return driver
    throw new Error(`kubernetes.io/csi: driver name ${name} not found in the list of registered CSI drivers`)
  }

  // One queue a driver: whether a volume may be unstaged is read from the disk, where no publication may come between.
  async #inOrder<T>(driver: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(driver) ?? Promise.resolve()).then(work)
    this.#last.set(
      driver,
      done.catch(() => {}),
    )
    return done
  }
}

/** The volume is there, but not as large as it should be. */
class ExpandError extends Error {
  override readonly name = 'ExpandError'
}

async function answerOf(work: () => Promise<{ readonly path: string; readonly refreshes: boolean }>): Promise<CsiAnswer> {
  try {
    return { ok: true, ...(await work()) }
  } catch (error) {
    const away = error instanceof KubeError && (error.code === 0 || error.code >= 500)
    return { ok: false, message: error instanceof Error ? error.message : String(error), step: stepOf(error), away }
  }
}

function stepOf(error: unknown): CsiStep {
  if (error instanceof NotAttachedError) return 'attach'
  if (error instanceof StageError) return 'stage'
  return error instanceof ExpandError ? 'expand' : 'publish'
}
