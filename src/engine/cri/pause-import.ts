import { createHash } from 'node:crypto'
import { backoffDelay } from '../../base/backoff.ts'
import { sleep } from '../../base/clock.ts'
import { images as containerdImages, content, writeAction } from '../../protobuf/containerd.ts'
import { images } from '../../protobuf/cri/image.ts'
import { runtime } from '../../protobuf/cri/runtime.ts'
import { EngineError } from '../engine.ts'
import { buildPauseImage } from '../pause-image/pause-image.ts'
import type { CriConnection } from './connection.ts'

/** Media types of the image format that every runtime takes (OCI image-spec 1.0). */
const mediaType = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const

/** Some ten seconds of them. */
const mostLooks = 25

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/**
 * Gives a containerd that has no pause image, and no registry to get it from, ours under the name that it is configured with. CRI has no verb for that; containerd's own
 * services are on the same socket. False where there are none, which is said in the log.
 */
export async function importSandboxImage(connection: CriConnection): Promise<boolean> {
  const name = await sandboxImageName(connection)
  if (name !== undefined) return importPauseImage(connection, name)
  connection.log.warn('the runtime has no pause image and does not say by what name it wants one: pull or load it by hand')
  return false
}

/** Gives a containerd our pause image under a name. False where it takes none, which is said in the log. */
export async function importPauseImage(connection: CriConnection, name: string): Promise<boolean> {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const image = buildPauseImage(architecture)
  const descriptor = (type: string, bytes: Uint8Array) => ({ mediaType: type, digest: digestOf(bytes), size: bytes.length })
  const [config, layer] = [descriptor(mediaType.config, image.config), descriptor(mediaType.layer, image.layer)]
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaType.manifest, config, layers: [layer] }))
  try {
    // Nothing refers to the parts before the whole is there: without this label they might be collected meanwhile.
    const kept = { 'containerd.io/gc.root': new Date(connection.clock.wall()).toISOString() }
    for (const part of [image.layer, image.config, manifest]) await write(connection, part, kept)
    await connection.change(`name the pause image ${name}`, containerdImages.create, { image: { name, target: descriptor(mediaType.manifest, manifest) } })
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'already-exists') return noticed(connection, name)
    connection.log.warn('the runtime has no pause image and none could be given to it: pull or load it by hand', { image: name, cause: String(error) })
    return false
  }
  connection.log.info('gave the runtime a pause image', { image: name })
  return noticed(connection, name)
}

/** containerd's CRI hears of an image a moment after its own services have it. */
async function noticed(connection: CriConnection, name: string): Promise<boolean> {
  for (let looks = 1; looks <= mostLooks; looks++) {
    const { image } = await connection.read(`look at image ${name}`, images.status, { image: { image: name } })
    if (image) return true
    await sleep(connection.clock, backoffDelay({ initialMs: 10, maxMs: 500 }, looks))
  }
  return false
}

/** By what name the runtime has its sandboxes' image: containerd tells its configuration to who asks for more than the status. */
export async function sandboxImageName(connection: CriConnection): Promise<string | undefined> {
  const { info } = await connection.read('ask for the status', runtime.status, { verbose: true })
  const told = parsed(info.config ?? '{}')
  const name = typeof told === 'object' && told !== null && 'sandboxImage' in told ? told.sandboxImage : undefined
  return typeof name === 'string' && name !== '' ? name : undefined
}

/** Undefined for what is no JSON: nobody says what a runtime tells there. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function write(connection: CriConnection, data: Buffer, labels: Record<string, string>): Promise<void> {
  const [ref, expected, total] = [`podsteward-${digestOf(data)}`, digestOf(data), data.length]
  try {
    await connection.converse(`write ${expected}`, content.write, [{ action: writeAction.commit, ref, expected, total, offset: 0, data, labels }])
  } catch (error) {
    if (!(error instanceof EngineError && error.kind === 'already-exists')) throw error
  }
}
