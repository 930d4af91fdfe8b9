import { isIP } from 'node:net'

/**
 * Whether a request's Host header names this server itself: localhost, an IP address or one of `ownNames`.
 * Any other name may be one a foreign web page pointed at loopback (DNS rebinding) to read the node through the viewer's browser.
 */
export function isOwnHost(header: string | undefined, ownNames: readonly string[]): boolean {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(header ?? '')
  if (!match) return false
  if (match[1] !== undefined) return isIP(match[1]) === 6
  const name = (match[2] ?? '').toLowerCase()
  return name === 'localhost' || isIP(name) === 4 || ownNames.some((own) => own.toLowerCase() === name)
}
