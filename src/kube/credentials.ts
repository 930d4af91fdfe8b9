import { dirname, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { readRegularFileSync } from '../base/regular-file.ts'
import { credentialsOf, type Kubeconfig, readKubeconfig } from './kubeconfig.ts'

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

/** From a kubeconfig file, in its client's words: certificates, tokens, token files, exec plugins. */
export function accessFromKubeconfig(path: string, clock: Clock): ServerAccess {
  let text: string
  try {
    text = readRegularFileSync(path)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new KubeconfigError(missing ? `kubeconfig ${path} does not exist; give the path of a kubeconfig file` : `kubeconfig ${path}: ${firstLine(cause)}`)
  }
  return access(`kubeconfig ${path}`, text, dirname(resolve(path)), clock)
}

/** From a kubeconfig's text; its paths must be absolute. */
export const accessFromKubeconfigText = (text: string, clock: Clock): ServerAccess => access('the kubeconfig', text, '/', clock)

function access(what: string, text: string, directory: string, clock: Clock): ServerAccess {
  let config: Kubeconfig
  try {
    config = readKubeconfig(text, directory)
  } catch (cause) {
    throw new KubeconfigError(`${what}: ${firstLine(cause)}`, { cause })
  }
  const { cluster, currentContext } = config
  if (!cluster?.server || !URL.canParse(cluster.server))
    throw new KubeconfigError(`${what}: no cluster with a server URL for the current context ${JSON.stringify(currentContext)}`)
  const collect = credentialsOf(config, text)
  let kept: { readonly options: ReturnType<typeof collect>; readonly until: number } | undefined
  const options = () => {
    const now = clock.monotonic()
    if (!kept || kept.until <= now) {
      const fresh = { options: collect(), until: now + rereadMs }
      kept = fresh
      // A file that was away for a moment is read again at the next request.
      fresh.options.catch(() => {
        if (kept === fresh) kept = undefined
      })
    }
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
      return {
        ...(auth ? { authorization: `Basic ${Buffer.from(String(auth)).toString('base64')}` } : {}),
        ...(headers as Record<string, string> | undefined),
      }
    },
  }
}

const firstLine = (cause: unknown): string => (cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause))

/** The server of `access`, to be reached with another certificate and nothing else. `current` is asked before each connection; what it throws is told. */
export const accessWithCertificate = (access: ServerAccess, current: () => { readonly certPem: string; readonly keyPem: string }): ServerAccess => ({
  server: access.server,
  async tls() {
    const { certPem, keyPem } = current()
    return { ...(await access.tls()), cert: certPem, key: keyPem }
  },
  headers: async () => ({}),
})

/** Without credentials, for the legacy `--api-servers`. */
export const accessWithoutCredentials = (server: string): ServerAccess => ({ server, tls: async () => ({}), headers: async () => ({}) })

const one = (value: unknown): string | Buffer | undefined => (typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined)
