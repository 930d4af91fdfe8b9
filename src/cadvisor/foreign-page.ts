import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a web page of another origin has the viewer's browser send this, which it may even though it may not read the answer. A link that leads here is
 * none; who is no browser says nothing of the kind.
 */
export function isForeignPage({ host, origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination }: IncomingHttpHeaders): boolean {
  if (site === 'same-origin' || site === 'none') return false
  if (mode === 'navigate' && destination === 'document') return false
  if (site === 'cross-site' || site === 'same-site') return true
  return origin !== undefined && hostOf(origin) !== host?.toLowerCase()
}

/** Undefined for what is no origin, `null` among it. */
function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host
  } catch {
    return undefined
  }
}
