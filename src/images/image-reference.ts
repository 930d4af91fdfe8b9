/** An image reference taken apart. */
export interface ImageReference {
  /** With port, as in `registry:5000`; `docker.io` when the reference names none. */
  readonly registry: string
  /** Such as `library/busybox`. */
  readonly repository: string
  readonly tag: string | undefined
  readonly digest: string | undefined
}

// distribution/reference: path components, domain, tag and digest.
const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const domain = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?'
const pattern = new RegExp(
  `^(?:(?<registry>${domain})/)?(?<path>${component}(?:/${component})*)(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,}))?$`,
)

/** Undefined when it is no reference. */
export function parseImageReference(reference: string): ImageReference | undefined {
  // A first part that could be a domain is one only with a dot, a port or as localhost.
  const first = reference.split('/', 1)[0] ?? ''
  const hasDomain = reference.includes('/') && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase())
  const groups = pattern.exec(hasDomain ? reference : `docker.io/${reference}`)?.groups
  if (!groups?.path) return undefined
  const registry = !groups.registry || groups.registry === 'index.docker.io' ? 'docker.io' : groups.registry
  const repository = registry === 'docker.io' && !groups.path.includes('/') ? `library/${groups.path}` : groups.path
  return { registry, repository, tag: groups.tag, digest: groups.digest }
}

/** One way of writing what may be written in several: `docker.io/library/busybox:latest`. What is no reference stays as it is, as an image's id does. */
export function canonicalReference(reference: string): string {
  const parsed = parseImageReference(reference)
  if (!parsed) return reference
  const { registry, repository, tag = 'latest', digest } = parsed
  return `${registry}/${repository}${digest === undefined ? `:${tag}` : `@${digest}`}`
}

/** The policy an image gets when the spec says nothing: `Always` for `:latest` or no tag. */
export function defaultPullPolicy(reference: string): 'Always' | 'IfNotPresent' {
  const parsed = parseImageReference(reference)
  return parsed && !parsed.digest && (parsed.tag ?? 'latest') === 'latest' ? 'Always' : 'IfNotPresent'
}
