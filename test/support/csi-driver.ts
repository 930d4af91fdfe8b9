import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type handleUnaryCall, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js'
import type { CsiDriver } from '../../actors/node/csi/drivers.ts'
import { decode, encode } from '../../src/protobuf/codec.ts'
import { node } from '../../src/protobuf/csi.ts'
import { registration } from '../../src/protobuf/plugin-registration.ts'
import type { Given, Method, Taken } from '../../src/protobuf/table.ts'
import { systemMounter } from '../../src/volumes/mounter.ts'

/** A CSI driver of directories: a volume is `<data>/<handle>`, bound where it is published. It stages, and says what it was asked. */
export class TestCsiDriver implements AsyncDisposable {
  readonly name: string
  readonly calls: { readonly method: string; readonly request: Record<string, unknown> }[] = []
  /** What the kubelet said of the registration. */
  registered: Record<string, unknown> | undefined
  /** The next publication is refused with this. */
  refuse: string | undefined
  /** A publication waits for it. */
  gate: Promise<void> | undefined
  /** An expansion is refused with this. */
  refuseExpansion: { readonly code: number; readonly details: string } | undefined
  refuseUnpublish: string | undefined
  refuseStage: string | undefined
  readonly #server = new Server()
  readonly #data: string
  readonly #socket: string

  private constructor(name: string, data: string, socket: string) {
    this.name = name
    this.#data = data
    this.#socket = socket
  }

  static async start(name: string, rootDirectory: string, data: string): Promise<TestCsiDriver> {
    const plugin = join(rootDirectory, 'plugins', name)
    const registry = join(rootDirectory, 'plugins_registry')
    for (const directory of [plugin, registry, data]) await mkdir(directory, { recursive: true })
    const driver = new TestCsiDriver(name, data, join(plugin, 'csi.sock'))
    driver.#serve()
    for (const path of [driver.#socket, join(registry, `${name}-reg.sock`)]) await driver.#bind(path)
    return driver
  }

  count(method: string): number {
    return this.calls.filter((each) => each.method === method).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown()
  }

  #bind(path: string): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.bindAsync(`unix://${path}`, ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port))),
    )
  }

  #serve(): void {
    this.#on(registration.getInfo, async () => ({ type: 'CSIPlugin', name: this.name, endpoint: this.#socket, supportedVersions: ['1.0.0'] }))
    this.#on(registration.notify, async (request) => {
      this.registered = request
      return {}
    })
    this.#on(node.getInfo, async () => ({ nodeId: 'the-node', maxVolumesPerNode: 7, accessibleTopology: { segments: { 'topology.test/zone': 'a' } } }))
    this.#on(node.getCapabilities, async () => ({ capabilities: [1, 2, 3].map((type) => ({ rpc: { type } })) }))
    this.#on(node.stage, async () => {
      if (this.refuseStage) throw new Error(this.refuseStage)
      return {}
    })
    this.#on(node.unstage, async () => ({}))
    this.#on(node.publish, async ({ volumeId, targetPath, readonly, volumeCapability }) => {
      await this.gate
      if (this.refuse) throw new Error(this.refuse)
      if (volumeCapability?.block) return this.#publishDevice(volumeId, targetPath)
      const source = join(this.#data, volumeId)
      await mkdir(source, { recursive: true })
      await mkdir(targetPath, { recursive: true })
      if (!(await systemMounter.isMountPoint(targetPath))) await systemMounter.bindMount(source, targetPath, { readOnly: readonly })
      return {}
    })
    this.#on(node.stats, async () => ({
      usage: [
        { unit: 1, total: 1000, available: 600, used: 400 },
        { unit: 2, total: 10, available: 7, used: 3 },
      ],
    }))
    this.#on(node.expand, async () => {
      if (this.refuseExpansion) throw Object.assign(new Error(this.refuseExpansion.details), { code: this.refuseExpansion.code })
      return {}
    })
    this.#on(node.unpublish, async ({ targetPath }) => {
      if (this.refuseUnpublish) throw new Error(this.refuseUnpublish)
      await systemMounter.unmount(targetPath)
      await rmdir(targetPath).catch(() => rm(targetPath, { force: true }))
      return {}
    })
  }

  /** A device's volume is a file of the data directory that names the device. */
  async #publishDevice(volumeId: string, target: string): Promise<object> {
    const device = await readFile(join(this.#data, volumeId), 'utf8')
    await writeFile(target, '')
    if (!(await systemMounter.isMountPoint(target))) await systemMounter.bindMount(device.trim(), target, {})
    return {}
  }

  #on<M extends Method>(method: M, answer: (request: Taken<M['request']>) => Promise<Given<M['response']>>): void {
    const name = method.path.split('/').at(-1) ?? ''
    const handle: handleUnaryCall<Taken<M['request']>, Given<M['response']>> = ({ request }, callback) => {
      this.calls.push({ method: name, request: request as Record<string, unknown> })
      answer(request).then(
        (message) => callback(null, message),
        (error: Error & { code?: number }) => callback({ code: error.code ?? status.INTERNAL, details: error.message, metadata: new Metadata() }),
      )
    }
    this.#server.register(
      method.path,
      handle,
      (message) => encode(method.response, message),
      (bytes) => decode(method.request, bytes),
      'unary',
    )
  }
}

/** The test driver as the node knows it after its registration. */
export const aCsiDriver = (name: string, rootDirectory: string): CsiDriver => ({
  ...{ name, endpoint: join(rootDirectory, 'plugins', name, 'csi.sock'), nodeId: 'n', maxVolumes: 0, topology: {} },
  ...{ stages: true, mountsGroup: false, expands: true, tellsStats: true, tellsWritersApart: false },
})
