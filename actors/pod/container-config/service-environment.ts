import type { Service } from '../../../src/kube/objects.ts'

/** Docker-link style variables of the services a pod sees: its namespace's with `enableServiceLinks`, and `kubernetes` of `default` always. */
export function serviceEnvironment(services: readonly Service[], namespace: string, enableServiceLinks: boolean): Map<string, string> {
  const seen = new Map<string, { readonly service: Service; readonly ip: string }>()
  for (const service of services) {
    const { name = '', namespace: its } = service.metadata ?? {}
    const ip = service.spec?.clusterIP
    if (!ip || ip === 'None') continue
    // A namespace's own service named kubernetes comes before the cluster's.
    if (its === namespace && enableServiceLinks) seen.set(name, { service, ip })
    else if (its === 'default' && name === 'kubernetes' && !seen.has(name)) seen.set(name, { service, ip })
  }
  const variables = new Map<string, string>()
  for (const [, { service, ip }] of [...seen].sort(([a], [b]) => a.localeCompare(b))) addService(variables, service, ip)
  return variables
}

const made = new WeakMap<readonly Service[], Map<string, ReadonlyMap<string, string>>>()

/** As `serviceEnvironment`, made once for each list of services: thousands of pods of a namespace have the same. */
export function sharedServiceEnvironment(services: readonly Service[], namespace: string, enableServiceLinks: boolean): ReadonlyMap<string, string> {
  const known = made.get(services) ?? new Map<string, ReadonlyMap<string, string>>()
  made.set(services, known)
  const key = `${enableServiceLinks}/${namespace}`
  const variables = known.get(key) ?? serviceEnvironment(services, namespace, enableServiceLinks)
  known.set(key, variables)
  return variables
}

function addService(variables: Map<string, string>, service: Service, ip: string): void {
  const name = envName(service.metadata?.name ?? '')
  const ports = service.spec?.ports ?? []
  const first = ports[0]
  if (!first) return
  variables.set(`${name}_SERVICE_HOST`, ip)
  variables.set(`${name}_SERVICE_PORT`, String(first.port))
  for (const port of ports) if (port.name) variables.set(`${name}_SERVICE_PORT_${envName(port.name)}`, String(port.port))
  const host = ip.includes(':') ? `[${ip}]` : ip
  const protocolOf = (port: { protocol?: string }) => port.protocol ?? 'TCP'
  variables.set(`${name}_PORT`, `${protocolOf(first).toLowerCase()}://${host}:${first.port}`)
  for (const port of ports) {
    const protocol = protocolOf(port)
    const prefix = `${name}_PORT_${port.port}_${protocol.toUpperCase()}`
    variables.set(prefix, `${protocol.toLowerCase()}://${host}:${port.port}`)
    variables.set(`${prefix}_PROTO`, protocol.toLowerCase())
    variables.set(`${prefix}_PORT`, String(port.port))
    variables.set(`${prefix}_ADDR`, ip)
  }
}

const envName = (name: string): string => name.toUpperCase().replaceAll('-', '_')
