import { goDuration } from '../../../src/base/go-duration.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import type { ImageState, RegistryCredential } from '../../../src/engine/image.ts'
import { defaultPullPolicy, type ImageReference, parseImageReference } from '../../../src/images/image-reference.ts'
import { credentialsFor } from '../../../src/images/registry-credentials.ts'
import type { Container, Secret } from '../../../src/kube/objects.ts'
import { type ImageCredentialsMessage, type ImagePullsMessage, nodeAddresses } from '../../node/messages.ts'
import type { PodScope } from '../scope.ts'

export type ImageErrorReason = 'ErrImagePull' | 'InvalidImageName' | 'ErrImageNeverPull' | 'ImageInspectError'

/** The image cannot be had. `reason` is the container's waiting reason; `backoff`: it counts towards the pull backoff. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly reason: ImageErrorReason
  readonly backoff: boolean

  constructor(reason: ImageErrorReason, message: string, backoff: boolean, options: { cause?: unknown } = {}) {
    super(message, options)
    this.reason = reason
    this.backoff = backoff
  }
}

// A slot may be long in coming behind slow pulls; the pull queue's own order decides.
const slotTimeoutMs = 3_600_000
/** A credential-provider plugin has a minute; those that fit an image run beside each other. */
const credentialsTimeoutMs = 90_000

/** Makes the container's image present by its pull policy, telling of it in events. Throws `ImageError`; rejects with the signal's reason. */
export async function ensureImage(scope: PodScope, container: Container, signal: AbortSignal): Promise<ImageState> {
  const image = container.image ?? ''
  const reference = parseImageReference(image)
  if (!reference) {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`
    scope.event('Warning', 'InspectFailed', message, container.name)
    throw new ImageError('InvalidImageName', message, false)
  }
  const policy = container.imagePullPolicy ?? defaultPullPolicy(image)
  const present = await inspect(scope, container, image)
  if (present && policy !== 'Always') {
    scope.event('Normal', 'Pulled', `Container image "${image}" already present on machine`, container.name)
    return present
  }
  if (policy === 'Never') {
    const message = `Container image "${image}" is not present with pull policy of Never`
    scope.event('Warning', 'ErrImageNeverPull', message, container.name)
    throw new ImageError('ErrImageNeverPull', message, false)
  }
  const credentials = credentialsFor(reference, await pullSecrets(scope))
  return pull(scope, container, { image, reference, credentials }, signal)
}

async function inspect(scope: PodScope, container: Container, image: string): Promise<ImageState | undefined> {
  try {
    return await scope.environment.engine.imageState(image)
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    if (error.kind === 'invalid-image-name') throw new ImageError('InvalidImageName', error.message, false, { cause: error })
    const message = `Failed to inspect image "${image}": ${error.message}`
    scope.event('Warning', 'InspectFailed', message, container.name)
    throw new ImageError('ImageInspectError', message, false, { cause: error })
  }
}

/** What is to be pulled, with the credentials of the pod's own secrets. */
interface Wanted {
  readonly image: string
  readonly reference: ImageReference
  readonly credentials: readonly RegistryCredential[]
}

async function pull(scope: PodScope, container: Container, wanted: Wanted, signal: AbortSignal): Promise<ImageState> {
  const { image } = wanted
  const asked = scope.environment.clock.monotonic()
  scope.event('Normal', 'Pulling', `Pulling image "${image}"`, container.name)
  const release = await acquireSlot(scope, image, signal)
  try {
    return await pullWithSlot(scope, container, wanted, signal, asked)
  } finally {
    release()
  }
}

async function pullWithSlot(scope: PodScope, container: Container, wanted: Wanted, signal: AbortSignal, asked: number): Promise<ImageState> {
  const { clock, engine, metrics } = scope.environment
  const { image } = wanted
  const began = clock.monotonic()
  const credentials = [...wanted.credentials, ...(await nodeCredentials(scope, wanted.reference))]
  signal.throwIfAborted()
  let last: unknown
  for (const credential of credentials.length > 0 ? credentials : [undefined]) {
    try {
      const state = await engine.pullImage(image, credential, signal, { uid: scope.uid, name: scope.name, namespace: scope.namespace })
      const ended = clock.monotonic()
      const message = `Successfully pulled image "${image}" in ${goDuration(ended - began)} (${goDuration(ended - asked)} including waiting). Image size: ${state.sizeBytes} bytes.`
      scope.event('Normal', 'Pulled', message, container.name)
      metrics.imagePulled(state.sizeBytes, (ended - asked) / 1000)
      return state
    } catch (error) {
      if (signal.aborted) throw signal.reason
      if (!(error instanceof EngineError)) throw error
      last = error
      // Another credential helps only where this one was refused; registries hide what one may not see as not found.
      if (error.kind !== 'image-unauthorized' && error.kind !== 'image-not-found') break
    }
  }
  const cause = last as EngineError
  scope.event('Warning', 'Failed', `Failed to pull image "${image}": ${cause.message}`, container.name)
  if (cause.kind === 'invalid-image-name') throw new ImageError('InvalidImageName', cause.message, false, { cause })
  // kubelet 1.32 has RegistryUnavailable too, for runtimes that say so themselves; Docker behind it never did for a registry that is not there.
  throw new ImageError('ErrImagePull', cause.message, true, { cause })
}

/** Waits for the node's leave to pull; answers how to give it back. An asker that was aborted gives the slot back when it comes. */
async function acquireSlot(scope: PodScope, image: string, signal: AbortSignal): Promise<() => void> {
  const { context, uid } = scope
  const released: ImagePullsMessage = { type: 'ReleasePull', uid, image }
  const wanted: ImagePullsMessage = { type: 'AcquirePull', uid, image }
  const release = () => context.send(nodeAddresses.imagePulls, released)
  const granted = context.ask(nodeAddresses.imagePulls, wanted, { timeoutMs: slotTimeoutMs })
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    await Promise.race([granted, aborted.promise])
  } catch (error) {
    granted.then(release, release)
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  return release
}

/** What the node itself has for the image, to be tried after the pod's own secrets. Without it the pull says what is missing. */
async function nodeCredentials(scope: PodScope, reference: ImageReference): Promise<readonly RegistryCredential[]> {
  const message: ImageCredentialsMessage = { type: 'GetImageCredentials', reference }
  try {
    return await scope.context.ask<readonly RegistryCredential[]>(nodeAddresses.imageCredentials, message, { timeoutMs: credentialsTimeoutMs })
  } catch (error) {
    scope.context.log.warn('the node was not asked for credentials of an image', { error: String(error) })
    return []
  }
}

async function pullSecrets(scope: PodScope): Promise<Secret[]> {
  const names = (scope.pod.spec?.imagePullSecrets ?? []).map((each) => each.name).filter((name) => name !== undefined && name !== '')
  const found: Secret[] = []
  const missing: string[] = []
  for (const name of names as string[]) {
    const secret = await scope.object('Secret', scope.namespace, name).catch(() => undefined)
    if (secret) found.push(secret as Secret)
    else missing.push(name)
  }
  if (missing.length > 0) {
    const message = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`
    scope.event('Warning', 'FailedToRetrieveImagePullSecret', message)
  }
  return found
}
