import type { RegistryCredential } from '../engine/image.ts'
import type { Secret } from '../kube/objects.ts'
import type { ImageReference } from './image-reference.ts'

/** What a Docker configuration has for one registry. */
export interface AuthEntry {
  readonly username?: string
  readonly password?: string
  readonly auth?: string
  readonly identitytoken?: string
  readonly registrytoken?: string
}

/** By registry, with a path or globs where it has any. */
export type AuthEntries = Readonly<Record<string, AuthEntry>>

/** The entries that fit the image, the most exact first. All are to be tried in turn. */
export function credentialsIn(sources: readonly AuthEntries[], image: ImageReference): RegistryCredential[] {
  const fitting: { readonly key: string; readonly credential: RegistryCredential }[] = []
  for (const entries of sources) {
    for (const [key, entry] of Object.entries(entries)) {
      const credential = credentialOf(key, entry)
      if (credential && fits(key, image)) fitting.push({ key, credential })
    }
  }
  return fitting.sort((a, b) => b.key.length - a.key.length).map(({ credential }) => credential)
}

/** As `credentialsIn`, of secrets (kubernetes.io/dockerconfigjson and dockercfg). What cannot be read is skipped: the pull then says what is missing. */
export const credentialsFor = (image: ImageReference, secrets: readonly Secret[]): RegistryCredential[] => credentialsIn(secrets.map(entriesOf), image)

/** The text of a `config.json` (`wrapped`) or of a `.dockercfg`; undefined when it is none. */
export function parseDockerConfig(text: string, wrapped: boolean): AuthEntries | undefined {
  try {
    const document: unknown = JSON.parse(text)
    const found = wrapped ? ((document as { auths?: unknown } | null)?.auths ?? {}) : document
    if (typeof document !== 'object' || document === null || typeof found !== 'object' || found === null || Array.isArray(found)) return undefined
    return Object.fromEntries(Object.entries(found).map(([key, entry]) => [key, textsOf(entry)]))
  } catch {
    return undefined
  }
}

const textsOf = (entry: unknown): AuthEntry =>
  Object.fromEntries(Object.entries(typeof entry === 'object' && entry !== null ? entry : {}).filter(([, value]) => typeof value === 'string'))

function entriesOf(secret: Secret): AuthEntries {
  const json = secret.data?.['.dockerconfigjson']
  const legacy = secret.data?.['.dockercfg']
  const text = json || legacy
  return (text && parseDockerConfig(Buffer.from(text, 'base64').toString(), Boolean(json))) || {}
}

function credentialOf(serverAddress: string, entry: AuthEntry): RegistryCredential | undefined {
  const [user, ...rest] = entry.auth ? Buffer.from(entry.auth, 'base64').toString().split(':') : []
  const username = entry.username || user
  const password = entry.password || (entry.auth ? rest.join(':') : undefined)
  if (!username && !entry.identitytoken && !entry.registrytoken) return undefined
  return { username, password, identityToken: entry.identitytoken, registryToken: entry.registrytoken, serverAddress }
}

/** A key such as `https://index.docker.io/v1/`, `registry:5000`, `*.example.com/team`: host by parts with globs, path by whole components. */
function fits(key: string, image: ImageReference): boolean {
  const bare = key
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/$/, '')
  const [host = '', ...path] = bare.split('/')
  const registries = image.registry === 'docker.io' ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [image.registry]
  if (!registries.some((registry) => hostFits(host, registry))) return false
  const prefix = path.join('/')
  return prefix === '' || image.repository === prefix || image.repository.startsWith(`${prefix}/`)
}

/** A pattern of `matchImages`, as kubelet 1.32's `URLsMatch`: `*` and `?` within a part of the host, the same port, any beginning of the path. */
export function imageMatches(pattern: string, image: ImageReference): boolean {
  const [host = '', ...path] = pattern.replace(/^https?:\/\//, '').split('/')
  return hostFits(host, image.registry) && `/${image.repository}`.startsWith(path.length === 0 ? '' : `/${path.join('/')}`)
}

function hostFits(pattern: string, host: string): boolean {
  const [patternName = '', patternPort] = pattern.split(':')
  const [hostName = '', hostPort] = host.split(':')
  if (patternPort !== hostPort) return false
  const wanted = patternName.split('.')
  const given = hostName.split('.')
  return wanted.length === given.length && wanted.every((part, index) => partFits(part, given[index] ?? ''))
}

/** `*` stands for any run of characters, `?` for one. Linear in the product of lengths: patterns come from users. */
function partFits(pattern: string, text: string): boolean {
  let fits: boolean[] = [true, ...Array.from(text, () => false)]
  for (const symbol of pattern) {
    const next: boolean[] = [symbol === '*' && fits[0] === true]
    for (let index = 1; index <= text.length; index++) {
      if (symbol === '*') next[index] = fits[index] === true || next[index - 1] === true
      else next[index] = fits[index - 1] === true && (symbol === '?' || symbol === text[index - 1])
    }
    fits = next
  }
  return fits[text.length] === true
}
