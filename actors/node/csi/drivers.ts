import { watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '../../../src/base/log.ts'
import { makeDirectory } from '../../../src/base/make-directory.ts'
import { call } from '../../../src/csi/call.ts'
import { node as csi, nodeCapability } from '../../../src/protobuf/csi.ts'
import { registration } from '../../../src/protobuf/plugin-registration.ts'
import { type CsiWatcher, callDriver } from './driver-calls.ts'

/** A driver that registered itself on this node. */
export interface CsiDriver {
  readonly name: string
  readonly endpoint: string
  readonly nodeId: string
  readonly maxVolumes: number
  readonly topology: Readonly<Record<string, string>>
  readonly stages: boolean
  readonly mountsGroup: boolean
  readonly expands: boolean
  readonly tellsStats: boolean
  readonly tellsWritersApart: boolean
}

/** A driver that just came up must answer within this (kubelet: registration has 10 s). */
const registrationMs = 10_000

/** The drivers whose registration sockets are in the plugin registry. */
export class CsiDrivers {
  readonly #directory: string
  readonly #log: Logger
  readonly #watcher: CsiWatcher | undefined
  /** By the path of the registration socket. */
  readonly #registered = new Map<string, { readonly mark: string; readonly driver: CsiDriver | undefined }>()

  constructor(directory: string, log: Logger, watcher?: CsiWatcher) {
    this.#directory = directory
    this.#log = log
    this.#watcher = watcher
  }

  get(name: string): CsiDriver | undefined {
    return this.all().find((driver) => driver.name === name)
  }

  all(): CsiDriver[] {
    return [...this.#registered.values()].flatMap(({ driver }) => (driver ? [driver] : []))
  }

  /** Calls `changed` at each change of the directory; answers how to end that. */
  async watch(changed: () => void): Promise<() => void> {
    await makeDirectory(this.#directory, 0o750)
    const watcher = watch(this.#directory, { persistent: false }, changed)
    watcher.on('error', (error) => this.#log.warn('the plugin registry is not watched', { error: String(error) }))
    return () => watcher.close()
  }

  /** Registers new sockets, forgets those that are gone. Tells whether the drivers are others than before. */
  async scan(): Promise<boolean> {
    const before = JSON.stringify(this.all())
    const names = await readdir(this.#directory).catch(() => [])
    const sockets = new Map<string, string>()
    for (const name of names) {
      const path = join(this.#directory, name)
      const found = await stat(path).catch(() => undefined)
      if (found?.isSocket() && !name.startsWith('.')) sockets.set(path, `${found.ino}:${found.ctimeMs}`)
    }
    for (const path of this.#registered.keys()) if (!sockets.has(path)) this.#registered.delete(path)
    for (const [path, mark] of sockets) {
      if (this.#registered.get(path)?.mark === mark) continue
      this.#registered.set(path, { mark, driver: await this.#register(path) })
    }
    return JSON.stringify(this.all()) !== before
  }

  async #register(path: string): Promise<CsiDriver | undefined> {
    try {
      const info = await call(path, registration.getInfo, {}, registrationMs)
      if (info.type !== 'CSIPlugin') return undefined
      try {
        const driver = await describe(info.name, info.endpoint || path, this.#watcher)
        await call(path, registration.notify, { pluginRegistered: true }, registrationMs)
        this.#log.info('a CSI driver registered', { driver: driver.name, endpoint: driver.endpoint })
        return driver
      } catch (error) {
        await call(path, registration.notify, { pluginRegistered: false, error: String(error) }, registrationMs).catch(() => {})
        throw error
      }
    } catch (error) {
      this.#log.warn('a plugin could not register', { socket: path, error: error instanceof Error ? error.message : String(error) })
      return undefined
    }
  }
}

async function describe(name: string, endpoint: string, watcher: CsiWatcher | undefined): Promise<CsiDriver> {
  const driver = { name, endpoint }
  const info = await callDriver(driver, csi.getInfo, {}, watcher, registrationMs)
  const { capabilities } = await callDriver(driver, csi.getCapabilities, {}, watcher, registrationMs)
  const has = (type: number) => capabilities.some(({ rpc }) => rpc?.type === type)
  return {
    ...driver,
    nodeId: info.nodeId,
    maxVolumes: info.maxVolumesPerNode,
    topology: info.accessibleTopology?.segments ?? {},
    stages: has(nodeCapability.stageUnstage),
    mountsGroup: has(nodeCapability.volumeMountGroup),
    expands: has(nodeCapability.expandVolume),
    tellsStats: has(nodeCapability.volumeStats),
    tellsWritersApart: has(nodeCapability.singleNodeMultiWriter),
  }
}
