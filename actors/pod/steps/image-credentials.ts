import type { RegistryCredential } from '../../../src/engine/engine.ts'
import type { Secret } from '../../../src/kube/objects.ts'
import type { ImageReference } from './image-reference.ts'

interface AuthEntry {
  readonly username?: string
  readonly password?: string
  readonly auth?: string
  readonly identitytoken?: string
  readonly registrytoken?: string
}

/**
 * The credentials in `secrets` (kubernetes.io/dockerconfigjson and dockercfg) that fit the image, the most exact first.
 * All are to be tried in turn. What cannot be read is skipped: the pull then says what is missing.
 */
export function credentialsFor(image: ImageReference, secrets: readonly Secret[]): RegistryCredential[] {
  const fitting: { readonly key: string; readonly credential: RegistryCredential }[] = []
  for (const secret of secrets) {
    for (const [key, entry] of Object.entries(entriesOf(secret))) {
      const credential = credentialOf(key, entry)
      if (credential && fits(key, image)) fitting.push({ key, credential })
    }
  }
  return fitting.sort((a, b) => b.key.length - a.key.length).map(({ credential }) => credential)
}

function entriesOf(secret: Secret): Record<string, AuthEntry> {
  const json = secret.data?.['.dockerconfigjson']
  const legacy = secret.data?.['.dockercfg']
  try {
    if (json) return (JSON.parse(Buffer.from(json, 'base64').toString()) as { auths?: Record<string, AuthEntry> }).auths ?? {}
    if (legacy) return JSON.parse(Buffer.from(legacy, 'base64').toString()) as Record<string, AuthEntry>
  } catch {
    return {}
  }
  return {}
}

function credentialOf(serverAddress: string, entry: AuthEntry): RegistryCredential | undefined {
  const [user, ...rest] = entry.auth ? Buffer.from(entry.auth, 'base64').toString().split(':') : []
  const username = entry.username || user
  const password = entry.password || (entry.auth ? rest.join(':') : undefined)
  if (!username && !entry.identitytoken && !entry.registrytoken) return undefined
  return { username, password, identityToken: entry.identitytoken, registryToken: entry.registrytoken, serverAddress }
}

/** A key such as `https://index.docker.io/v1/`, `registry:5000`, `*.example.com/team`: host by parts with globs, path by prefix. */
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
