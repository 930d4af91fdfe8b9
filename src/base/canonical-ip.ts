import { isIP } from 'node:net'

/** IPv6 addresses have many spellings; this is one. */
export const canonicalIp = (ip: string): string => (isIP(ip) === 6 ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip)
