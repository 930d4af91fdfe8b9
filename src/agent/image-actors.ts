import type { ActorSystem } from '../../actors/kernel/types.ts'
import { ImageCredentials } from '../../actors/node/image-credentials.ts'
import { ImagePulls, type ImagePullsOptions } from '../../actors/node/image-pulls.ts'
import { nodeAddresses } from '../../actors/node/messages.ts'
import type { Clock } from '../base/clock.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import { CredentialProviderPlugin } from '../images/credential-provider.ts'
import { dockerConfigPlaces, readNodeDockerConfig } from '../images/node-docker-config.ts'

export interface ImageActorsParts {
  readonly config: AgentConfig
  readonly system: ActorSystem
  readonly clock: Clock
  readonly environment: Readonly<Record<string, string>>
  /** A simulated registry asks nobody who they are on this machine. */
  readonly simulated: boolean
  readonly watcher: ImagePullsOptions['watcher']
}

/** Starts the actors that hand out pulls of images and what registries want to see for them. */
export function spawnImageActors({ config, system, clock, environment, simulated, watcher }: ImageActorsParts): void {
  system.spawnLocal(nodeAddresses.imagePulls, (context) => {
    const parallel = config.serializeImagePulls ? 1 : (config.maxParallelImagePulls ?? Number.POSITIVE_INFINITY)
    return new ImagePulls(context, { parallel, qps: config.registryPullQps, burst: config.registryBurst, watcher })
  })
  system.spawnLocal(nodeAddresses.imageCredentials, (context) => {
    const plugins = config.credentialProviders.map((provider) => new CredentialProviderPlugin(provider, { clock, environment }))
    const places = simulated ? { json: [], legacy: [] } : dockerConfigPlaces(config.rootDirectory, process.cwd(), environment.HOME)
    return new ImageCredentials(context, { dockerConfig: (refused) => readNodeDockerConfig(places, refused), plugins })
  })
}
