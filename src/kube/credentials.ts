import type { RequestOptions } from 'node:https'
import { dirname, resolve } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../base/clock.ts'
import { readRegularFile, readRegularFileSync } from '../base/regular-file.ts'
import { requireLater } from '../base/require-later.ts'
import { readYaml } from '../yaml/read-yaml.ts'

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
  // 80 MB, which a cluster in a test's process does without.
  const { KubeConfig } = requireLater('@kubernetes/client-node') as typeof import('@kubernetes/client-node')
  const config = new KubeConfig()
  let tokenFile: string | undefined
  try {
    config.loadFromString(text)
    config.makePathsAbsolute(directory)
    tokenFile = tokenFileOf(text, config, directory)
  } catch (cause) {
    throw new KubeconfigError(`${what}: ${firstLine(cause)}`, { cause })
  }
  const cluster = config.getCurrentCluster()
  if (!cluster?.server || !URL.canParse(cluster.server))
    throw new KubeconfigError(`${what}: no cluster with a server URL for the current context ${JSON.stringify(config.currentContext ?? '')}`)
  const collect = async () => {
    const collected: RequestOptions = {}
    await config.applyToHTTPSOptions(collected)
    const token = tokenFile === undefined ? undefined : (await readRegularFile(tokenFile)).trim()
    return { ...collected, token }
  }
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
      const { headers, auth, token } = await options()
      return {
        ...(auth ? { authorization: `Basic ${Buffer.from(String(auth)).toString('base64')}` } : {}),
        ...(headers as Record<string, string> | undefined),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      }
    },
  }
}

/** The current user's `tokenFile`, which the client library leaves out. */
function tokenFileOf(text: string, config: KubeConfig, directory: string): string | undefined {
  const name = config.getCurrentUser()?.name
  const users = (readYaml(text) as { users?: { name?: string; user?: { tokenFile?: string } }[] } | null)?.users ?? []
  const file = users.find((each) => each.name === name)?.user?.tokenFile
  return file ? resolve(directory, file) : undefined
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
