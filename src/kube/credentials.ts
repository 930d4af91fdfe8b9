import { existsSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../base/clock.ts'

/** How to reach an API server and who to be there. TLS material is PEM. */
export interface ServerAccess {
  readonly server: string
  /** Asked before each connection and request, so that a rotated certificate or token is used at once. */
  tls(): Promise<{
    readonly ca?: string | Buffer
    readonly cert?: string | Buffer
    readonly key?: string | Buffer
    readonly rejectUnauthorized?: boolean
    readonly servername?: string
  }>
  headers(): Promise<Readonly<Record<string, string>>>
}

/** How soon a rotated certificate or token file is noticed. */
const rereadMs = 10_000

/** A kubeconfig that cannot be used: one line naming the file and what is wrong. */
export class KubeconfigError extends Error {
  override readonly name = 'ConfigError'
}

/** From a kubeconfig file, by the client library: certificates, tokens, token files, exec plugins. */
export function accessFromKubeconfig(path: string, clock: Clock): ServerAccess {
  if (!existsSync(path)) throw new KubeconfigError(`kubeconfig ${path} does not exist; give the path of a kubeconfig file`)
  const config = new KubeConfig()
  try {
    config.loadFromFile(path)
  } catch (cause) {
    throw new KubeconfigError(`kubeconfig ${path}: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)}`, { cause })
  }
  const cluster = config.getCurrentCluster()
  if (!cluster?.server || !URL.canParse(cluster.server))
    throw new KubeconfigError(`kubeconfig ${path}: no cluster with a server URL for the current context ${JSON.stringify(config.currentContext ?? '')}`)
  const collect = async () => {
    const collected: RequestOptions = {}
    await config.applyToHTTPSOptions(collected)
    return collected
  }
  let kept: { readonly options: ReturnType<typeof collect>; readonly until: number } | undefined
  const options = () => {
    const now = clock.monotonic()
    if (!kept || kept.until <= now) kept = { options: collect(), until: now + rereadMs }
    return kept.options
  }
  return {
    server: cluster.server,
    async tls() {
      const { ca, cert, key, rejectUnauthorized, servername } = await options()
      return { ca: one(ca), cert: one(cert), key: one(key), rejectUnauthorized, servername }
    },
    async headers() {
      const { headers, auth } = await options()
      return { ...(auth ? { authorization: `Basic ${Buffer.from(String(auth)).toString('base64')}` } : {}), ...(headers as Record<string, string> | undefined) }
    },
  }
}

/** Without credentials, for the legacy `--api-servers`. */
export const accessWithoutCredentials = (server: string): ServerAccess => ({ server, tls: async () => ({}), headers: async () => ({}) })

const one = (value: unknown): string | Buffer | undefined => (typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined)
