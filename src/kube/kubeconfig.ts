import type { RequestOptions } from 'node:https'
import { resolve } from 'node:path'
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
import { readRegularFile } from '../base/regular-file.ts'
import { requireLater } from '../base/require-later.ts'
import { readYaml } from '../yaml/read-yaml.ts'

/** What of a kubeconfig is in force. */
export interface Kubeconfig {
  readonly currentContext: string
  readonly cluster: Cluster | undefined
  readonly user: User | undefined
  /** The user's `tokenFile`, which the client library leaves out. */
  readonly tokenFile: string | undefined
}

/** Reads the current context's cluster and user; paths are taken from `directory`. The readers of entries are the client library's. Throws for what is no kubeconfig. */
export function readKubeconfig(text: string, directory: string): Kubeconfig {
  const { newClusters, newContexts, newUsers } = requireLater(
    '@kubernetes/client-node/dist/config_types.js',
  ) as typeof import('@kubernetes/client-node/dist/config_types.js')
  const file = (readYaml(text) ?? {}) as {
    readonly clusters?: unknown
    readonly contexts?: unknown
    readonly users?: readonly { readonly name?: string; readonly user?: { readonly tokenFile?: string } }[]
    readonly 'current-context'?: string
  }
  const context = newContexts(file.contexts).find(({ name }) => name === file['current-context'])
  const cluster = newClusters(file.clusters).find(({ name }) => name === context?.cluster)
  const user = newUsers(file.users).find(({ name }) => name === context?.user)
  const absolute = (path: string | undefined | null) => (path ? resolve(directory, path) : undefined)
  const tokenFile = user && file.users?.find(({ name }) => name === user.name)?.user?.tokenFile
  return {
    currentContext: file['current-context'] ?? '',
    cluster: cluster && { ...cluster, caFile: absolute(cluster.caFile) },
    user: user && { ...user, certFile: absolute(user.certFile), keyFile: absolute(user.keyFile) },
    tokenFile: absolute(tokenFile),
  }
}

/** How a user who is no file and no word in the kubeconfig gets credentials; undefined for others. Of the client library only what that takes is loaded: all of it is 80 MB. */
function pluginOf(user: User | undefined, text: string): ((into: RequestOptions) => Promise<void>) | undefined {
  if (!user?.exec && !user?.authProvider) return undefined
  const authenticate = async () => {
    const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js')
    const exec = new ExecAuth()
    if (exec.isAuthProvider(user)) return (into: RequestOptions) => exec.applyAuthentication(user, into)
    const { KubeConfig } = await import('@kubernetes/client-node')
    const config = new KubeConfig()
    config.loadFromString(text)
    return (into: RequestOptions) => config.applyToHTTPSOptions(into)
  }
  // It keeps what it was given until that ends.
  let authenticator: ReturnType<typeof authenticate> | undefined
  return async (into) => {
    authenticator ??= authenticate()
    await (await authenticator)(into)
  }
}

/** Collects them anew at each call: files may be other ones by then. Rejects for what cannot be read, or a plugin that fails. */
export function credentialsOf({ cluster, user, tokenFile }: Kubeconfig, text: string): () => Promise<RequestOptions> {
  const plugin = pluginOf(user, text)
  return async () => {
    const [ca, cert, key, token] = await Promise.all([
      fileOrData(cluster?.caFile, cluster?.caData),
      fileOrData(user?.certFile, user?.certData),
      fileOrData(user?.keyFile, user?.keyData),
      tokenFile === undefined ? user?.token : readRegularFile(tokenFile).then((read) => read.trim()),
    ])
    const headers: Record<string, string> = user?.impersonateUser ? { 'Impersonate-User': user.impersonateUser } : {}
    const collected = {
      ...(ca ? { ca } : {}),
      ...(cert ? { cert } : {}),
      ...(key ? { key } : {}),
      ...(cluster?.skipTLSVerify ? { rejectUnauthorized: false } : {}),
      ...(cluster?.tlsServerName ? { servername: cluster.tlsServerName } : {}),
      ...(user?.username ? { auth: `${user.username}:${user.password}` } : {}),
      headers,
    }
    await plugin?.(collected)
    // The kubeconfig's own token goes before a plugin's.
    if (token) headers.Authorization = `Bearer ${token}`
    return collected
  }
}

/** A file goes before what is written in the kubeconfig. */
async function fileOrData(path: string | undefined, data: string | undefined | null): Promise<Buffer | string | undefined> {
  if (path !== undefined) return readRegularFile(path)
  return data ? Buffer.from(data, 'base64') : undefined
}
