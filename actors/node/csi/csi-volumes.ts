import { backoffDelay } from '../../../src/base/backoff.ts'
import { KubeError } from '../../../src/kube/client.ts'
import type { Node } from '../../../src/kube/objects.ts'
import { type Actor, type ActorContext, Later } from '../../kernel/types.ts'
import { reportDrivers } from './csi-node.ts'
import { type CsiDriver, CsiDrivers } from './drivers.ts'
import type { CsiAnswer, CsiMessage } from './messages.ts'
import { type CsiTools, publishedIn, publishVolume, unpublishVolume, volumesInUse } from './publish.ts'

export interface CsiOptions extends CsiTools {
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
  readonly #options: CsiOptions
  readonly #drivers: CsiDrivers
  /** The end of what each driver has to do: a slow one holds up its own volumes only. */
  readonly #last = new Map<string, Promise<unknown>>()
  #unwatch: (() => void) | undefined
  #scanning: Promise<void> = Promise.resolve()
  #failures = 0
  /** Nothing is told to the control plane of a node that never had a driver. */
  #hadDrivers = false

  constructor(context: ActorContext, options: CsiOptions) {
    this.#context = context
    this.#options = options
    this.#drivers = new CsiDrivers(options.registryDirectory, context.log)
  }

  async start(): Promise<void> {
    for (const name of await volumesInUse(this.#options.rootDirectory)) this.#options.inUse.add(name)
    const scan: CsiMessage = { type: 'ScanRegistry' }
    this.#unwatch = await this.#drivers.watch(() => this.#context.after('scan', settleMs, scan))
    this.#context.after('scan', 0, scan)
  }

  receive(message: CsiMessage): unknown {
    switch (message.type) {
      case 'PublishCsi':
        return new Later(this.#publish(message))
      case 'UnpublishCsi':
        return new Later(this.#unpublish(message.podDirectory))
      case 'ScanRegistry':
        this.#scanning = this.#scanning.then(() => this.#scan())
        return undefined
      case 'ReportDrivers':
        void this.#report()
        return undefined
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

  #publish({ volume, pod, directory }: Extract<CsiMessage, { type: 'PublishCsi' }>): Promise<CsiAnswer> {
    return answerOf(() => this.#inOrder(volume.driver, async () => publishVolume(await this.#driver(volume.driver), volume, pod, directory, this.#options)))
  }

  #unpublish(podDirectory: string): Promise<CsiAnswer> {
    return answerOf(async () => {
      await this.#scanning
      for (const published of await publishedIn(podDirectory)) {
        const { driverName } = published.data
        await this.#inOrder(driverName, async () => unpublishVolume(published, this.#known(driverName), this.#options))
      }
    })
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
  async #inOrder(driver: string, work: () => Promise<void>): Promise<void> {
    const done = (this.#last.get(driver) ?? Promise.resolve()).then(work)
    this.#last.set(
      driver,
      done.catch(() => {}),
    )
    await done
  }
}

async function answerOf(work: () => Promise<void>): Promise<CsiAnswer> {
  try {
    await work()
    return { ok: true }
  } catch (error) {
    const away = error instanceof KubeError && (error.code === 0 || error.code >= 500)
    return { ok: false, message: error instanceof Error ? error.message : String(error), away }
  }
}
