import type { RegistryCredential } from '../../src/engine/image.ts'
import type { CredentialProviderPlugin } from '../../src/images/credential-provider.ts'
import type { ImageReference } from '../../src/images/image-reference.ts'
import { type AuthEntries, credentialsIn } from '../../src/images/registry-credentials.ts'
import { type Actor, type ActorContext, Later } from '../kernel/types.ts'
import type { ImageCredentialsMessage } from './messages.ts'

export interface ImageCredentialsOptions {
  /** The node's own Docker configuration. `refused` is told of a file that cannot be used. */
  readonly dockerConfig: (refused: (path: string, why: string) => void) => Promise<AuthEntries>
  readonly plugins: readonly CredentialProviderPlugin[]
}

/** What the node itself has to pull images with: its Docker configuration and its credential-provider plugins. What fails is logged, and the pull goes on without. */
export class ImageCredentials implements Actor<ImageCredentialsMessage> {
  readonly #context: ActorContext
  readonly #options: ImageCredentialsOptions

  constructor(context: ActorContext, options: ImageCredentialsOptions) {
    this.#context = context
    this.#options = options
  }

  receive({ reference }: ImageCredentialsMessage): Later {
    return new Later(this.#credentials(reference))
  }

  async #credentials(reference: ImageReference): Promise<readonly RegistryCredential[]> {
    const { log, signal } = this.#context
    const { dockerConfig, plugins } = this.#options
    const own = dockerConfig((path, why) => log.warn('a Docker configuration cannot be used', { path, why }))
    const asked = plugins
      .filter((plugin) => plugin.handles(reference))
      .map(async (plugin) => {
        try {
          return await plugin.credentials(reference, signal)
        } catch (error) {
          log.error('a credential provider failed; the pull goes on without it', {
            provider: plugin.name,
            error: error instanceof Error ? error.message : String(error),
          })
          return {}
        }
      })
    return credentialsIn(await Promise.all([own, ...asked]), reference)
  }
}
