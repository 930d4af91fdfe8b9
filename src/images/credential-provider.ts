import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { spawnAndWait } from '../base/spawn.ts'
import type { CredentialProvider } from '../config/agent-config.ts'
import { parseDuration } from '../config/duration.ts'
import type { ImageReference } from './image-reference.ts'
import { type AuthEntries, imageMatches } from './registry-credentials.ts'

/** kubelet 1.32: `pluginExecTimeout`. */
const timeoutMs = 60_000
const mostOutputBytes = 2 ** 20
/** A registry of many images with a credential each must not fill the memory. */
const mostCached = 1000

const responseSchema = z.object({
  kind: z.literal('CredentialProviderResponse'),
  apiVersion: z.string(),
  cacheKeyType: z.string(),
  cacheDuration: z.string().nullish(),
  auth: z.record(z.string(), z.object({ username: z.string().default(''), password: z.string().default('') })).nullish(),
})

export interface CredentialProviderTools {
  readonly clock: Clock
  /** Of the agent itself; the plugin's own variables win. */
  readonly environment: Readonly<Record<string, string>>
}

/** One credential-provider plugin with what it said last, as long as it said that it holds. */
export class CredentialProviderPlugin {
  readonly #provider: CredentialProvider
  readonly #tools: CredentialProviderTools
  readonly #cache = new Map<string, { readonly entries: AuthEntries; readonly until: number }>()
  readonly #asking = new Map<string, Promise<AuthEntries>>()

  constructor(provider: CredentialProvider, tools: CredentialProviderTools) {
    this.#provider = provider
    this.#tools = tools
  }

  get name(): string {
    return this.#provider.name
  }

  handles(image: ImageReference): boolean {
    return this.#provider.matchImages.some((pattern) => imageMatches(pattern, image))
  }

  /** What it has for the image. Those who ask for one image at once share one run. Throws with the plugin's name and what is wrong, and never with what it gave. */
  async credentials(image: ImageReference, signal: AbortSignal): Promise<AuthEntries> {
    const name = `${image.registry}/${image.repository}`
    const known = this.#known(name, image.registry)
    if (known) return known
    const asking = this.#asking.get(name) ?? this.#ask(name, image.registry, signal).finally(() => this.#asking.delete(name))
    this.#asking.set(name, asking)
    return asking
  }

  #known(image: string, registry: string): AuthEntries | undefined {
    const now = this.#tools.clock.monotonic()
    for (const [key, { until }] of this.#cache) if (until <= now) this.#cache.delete(key)
    return [keys.Image(image), keys.Registry(image, registry), keys.Global()].map((key) => this.#cache.get(key)?.entries).find((found) => found !== undefined)
  }

  async #ask(image: string, registry: string, signal: AbortSignal): Promise<AuthEntries> {
    const { name, program, args, env, apiVersion, defaultCacheDurationMs } = this.#provider
    const { clock, environment } = this.#tools
    const variables = { ...environment, ...Object.fromEntries(env.map((each) => [each.name, each.value])) }
    const input = `${JSON.stringify({ kind: 'CredentialProviderRequest', apiVersion, image })}\n`
    const { exitCode, stdout, stderr } = await spawnAndWait(program, args, { input, env: variables, timeoutMs, maxOutputBytes: mostOutputBytes, signal })
    if (exitCode !== 0) throw new Error(`credential provider ${name} failed for image ${image}: exit status ${exitCode}: ${stderr.trim().slice(0, 500)}`)
    const response = parseResponse(name, stdout)
    if (response.apiVersion !== apiVersion)
      throw new Error(`credential provider ${name} answered with apiVersion ${JSON.stringify(response.apiVersion)}; its configuration says ${apiVersion}`)
    const { cacheKeyType, cacheDuration } = response
    if (!isKeyType(cacheKeyType))
      throw new Error(`credential provider ${name} answered with cacheKeyType ${JSON.stringify(cacheKeyType)}; it must be Image, Registry or Global`)
    const durationMs = cacheDuration === undefined || cacheDuration === null ? defaultCacheDurationMs : parseDuration(cacheDuration)
    if (durationMs === undefined) throw new Error(`credential provider ${name} answered with a cacheDuration that is no duration; it must be one such as 10m`)
    const entries = response.auth ?? {}
    if (durationMs > 0) {
      if (this.#cache.size >= mostCached) this.#cache.clear()
      this.#cache.set(keys[cacheKeyType](image, registry), { entries, until: clock.monotonic() + durationMs })
    }
    return entries
  }
}

const keys = {
  Image: (image: string) => `image ${image}`,
  Registry: (_image: string, registry: string) => `registry ${registry}`,
  Global: () => 'global',
} as const

const isKeyType = (text: string): text is keyof typeof keys => Object.hasOwn(keys, text)

function parseResponse(name: string, stdout: string): z.infer<typeof responseSchema> {
  let document: unknown
  try {
    document = JSON.parse(stdout)
  } catch {
    // Not the parser's own words: they quote what it read.
    throw new Error(`credential provider ${name} did not answer with JSON`)
  }
  const result = responseSchema.safeParse(document)
  if (result.success) return result.data
  throw new Error(`credential provider ${name} did not answer with a CredentialProviderResponse: ${result.error.issues[0]?.path.join('.') || 'document'}`)
}
