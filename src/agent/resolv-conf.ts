import { readRegularFile } from '../base/regular-file.ts'
import type { DnsConfig } from '../engine/settings.ts'

/** resolv.conf(5): the last `search` or `domain` line wins, `nameserver` lines add up, `options` too. */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = []
  const options: string[] = []
  let searches: string[] = []
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'nameserver' && values[0]) servers.push(values[0])
    if (keyword === 'search' || keyword === 'domain') searches = values.map((value) => value.replace(/(?<=.)\.$/, ''))
    if (keyword === 'options') options.push(...values)
  }
  return { servers, searches, options }
}

/** The node's own resolver settings; empty when `path` is '' or there is no such file. */
export async function readHostDns(path: string): Promise<DnsConfig> {
  if (path === '') return parseResolvConf('')
  try {
    return parseResolvConf(await readRegularFile(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return parseResolvConf('')
    throw error
  }
}
