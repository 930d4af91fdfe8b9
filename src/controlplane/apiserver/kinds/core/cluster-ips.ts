import { randomInt } from 'node:crypto'
import type { Service } from '../../../../kube/objects.ts'
import { invalid } from '../../../../kube/validation/field-errors.ts'
import type { Admission, RequestContext, ResourceDefinition } from '../../resource.ts'
import { internal, invalid as invalidObject } from '../../rest/status-errors.ts'

/** kubeadm's --service-cluster-ip-range. The first address of it is the API server's own service. */
export const serviceRange = '10.96.0.0/12'
const base = 0x0a60_0000
const size = 2 ** 20
/** An address is handed out before its service is stored; so long it is held for it. */
const holdMs = 60_000
const attempts = 1000

type Spec = NonNullable<Service['spec']>

/**
 * Gives services their cluster IP. What is in use is read from the stored services each time, so a deleted service's address
 * is free at once and a restart forgets nothing.
 */
export function clusterIpAdmission(pick: (size: number) => number = randomInt): Admission {
  const held = new Map<string, { readonly until: number; readonly owner: string }>()

  async function taken(context: RequestContext, owner: string): Promise<Set<string>> {
    const used = new Set<string>()
    for (const [ip, hold] of held) {
      if (hold.until < context.now) held.delete(ip)
      // A create that failed may be tried again with the same address.
      else if (hold.owner !== owner) used.add(ip)
    }
    for (const service of (await context.backend.list({ resource: 'services' })).items as readonly Service[]) {
      const { metadata, spec } = service
      if (spec?.clusterIP && `${metadata?.namespace}/${metadata?.name}` !== owner) used.add(spec.clusterIP)
    }
    return used
  }

  return async ({ operation, definition, subresource, namespace, name, object, old, context }) => {
    if (definition.resource !== 'services' || subresource !== '') return
    const { spec } = object as Service
    if (!spec) return
    if (operation === 'DELETE') return void held.delete(spec.clusterIP ?? '')
    const owner = `${namespace}/${name}`
    const before = (old as Service | undefined)?.spec
    if (spec.type === 'ExternalName') {
      // What it had is released; an address of its own wish is for validation to refuse.
      if (before?.clusterIP && spec.clusterIP === before.clusterIP) set(spec, undefined)
      return
    }
    checkFamilies(spec, definition, name)
    spec.clusterIP ||= spec.clusterIPs?.[0]
    // A client that replaces a service need not know its address.
    if (!spec.clusterIP && before?.clusterIP) set(spec, before.clusterIP)
    if (spec.clusterIP === 'None' || (spec.clusterIP && spec.clusterIP === before?.clusterIP)) return set(spec, spec.clusterIP)
    // Set before and now another: validation says that it may not change.
    if (before?.clusterIP) return
    const used = await taken(context, owner)
    const ip = spec.clusterIP ? checked(spec.clusterIP, used, definition, name) : free(used, pick)
    if (!context.dryRun) held.set(ip, { until: context.now + holdMs, owner })
    set(spec, ip)
  }
}

/** The cluster's addresses are of IPv4 alone. One that selects nothing and has no address may have endpoints of both families. */
function checkFamilies({ clusterIP, selector, ipFamilies = [], ipFamilyPolicy }: Spec, definition: ResourceDefinition, name: string): void {
  if (clusterIP === 'None' && Object.keys(selector ?? {}).length === 0) return
  const errors = ipFamilies.flatMap((family, index) =>
    family === 'IPv6' ? [invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster')] : [],
  )
  if (ipFamilyPolicy === 'RequireDualStack')
    errors.unshift(invalid('spec.ipFamilyPolicy', ipFamilyPolicy, 'this cluster is not configured for dual-stack services'))
  if (errors.length > 0) throw invalidObject(definition, name, errors)
}

function set(spec: Spec, ip: string | undefined): void {
  if (ip === undefined) {
    delete spec.clusterIP
    delete spec.clusterIPs
  } else {
    spec.clusterIP = ip
    spec.clusterIPs = [ip]
  }
}

function free(used: ReadonlySet<string>, pick: (size: number) => number): string {
  for (let attempt = 0; attempt < attempts; attempt++) {
    // Neither the network's own address nor the broadcast's.
    const ip = textOf(base + 1 + pick(size - 2))
    if (!used.has(ip)) return ip
  }
  throw internal(`failed to allocate a serviceIP: range ${serviceRange} is full`)
}

function checked(ip: string, used: ReadonlySet<string>, definition: ResourceDefinition, name: string): string {
  const number = numberOf(ip)
  const refuse = (why: string) => invalidObject(definition, name, [invalid('spec.clusterIPs', [ip], `failed to allocate IP ${ip}: ${why}`)])
  if (number === undefined || number <= base || number >= base + size - 1)
    throw refuse(`the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${serviceRange}`)
  if (used.has(ip)) throw refuse('provided IP is already allocated')
  return ip
}

const textOf = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')

function numberOf(ip: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(ip)?.slice(1).map(Number)
  if (!parts?.every((part) => part < 256)) return undefined
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}
