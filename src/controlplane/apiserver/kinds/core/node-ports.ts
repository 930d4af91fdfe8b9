import { randomInt } from 'node:crypto'
import type { Service } from '../../../../kube/objects.ts'
import { type FieldError, invalid } from '../../../../kube/validation/field-errors.ts'
import type { Admission, RequestContext } from '../../resource.ts'
import { internal, invalid as invalidObject } from '../../rest/status-errors.ts'
import { carryFields, needsHealthCheck, needsNodePorts } from './service-fields.ts'

/** kube-apiserver's --service-node-port-range. */
const first = 30_000
const last = 32_767
/** A port is handed out before its service is stored; so long it is held for it. */
const holdMs = 60_000

type Spec = NonNullable<Service['spec']>

/**
 * Gives the ports of services of type NodePort and LoadBalancer their node ports. What is in use is read from the stored services each time,
 * so a deleted service's ports are free at once and a restart forgets nothing.
 */
export function nodePortAdmission(pick: (size: number) => number = randomInt): Admission {
  const held = new Map<number, { readonly until: number; readonly owner: string }>()

  async function taken(context: RequestContext, owner: string): Promise<Set<number>> {
    const used = new Set<number>()
    for (const [port, hold] of held) {
      if (hold.until < context.now) held.delete(port)
      else if (hold.owner !== owner) used.add(port)
    }
    for (const { metadata, spec } of (await context.backend.list({ resource: 'services' })).items as readonly Service[])
      if (`${metadata?.namespace}/${metadata?.name}` !== owner) for (const port of portsOf(spec)) used.add(port)
    return used
  }

  return async ({ operation, definition, subresource, namespace, name, object, old, context }) => {
    if (definition.resource !== 'services' || definition.group !== '' || subresource !== '' || operation === 'DELETE') return
    const { spec } = object as Service
    if (!spec) return
    const before = (old as Service | undefined)?.spec
    if (before) carryFields(spec, before)
    const wantsHealth = needsHealthCheck(spec) && !spec.healthCheckNodePort
    if (!wantsHealth && !needsNodePorts(spec) && portsOf(spec).length === 0) return
    const owner = `${namespace}/${name}`
    const own = new Set(portsOf(before))
    const used = await taken(context, owner)
    const errors = [...givenPorts(spec)].flatMap(([field, port]) => (own.has(port) ? [] : checked(field, port, used)))
    if (errors.length > 0) throw invalidObject(definition, name, errors)
    for (const port of portsOf(spec)) used.add(port)
    const take = () => {
      const port = free(used, pick)
      used.add(port)
      if (!context.dryRun) held.set(port, { until: context.now + holdMs, owner })
      return port
    }
    if (needsNodePorts(spec)) allocate(spec, take)
    if (wantsHealth) spec.healthCheckNodePort = take()
  }
}

/** One port of every node for a port of the service; another protocol of it has the same one. */
function allocate(spec: Spec, take: () => number): void {
  const byPort = new Map<number, { readonly nodePort: number; readonly protocols: Set<string> }>()
  for (const port of spec.ports ?? []) {
    const known = byPort.get(port.port)
    const protocol = port.protocol ?? ''
    if (!port.nodePort) port.nodePort = known && !known.protocols.has(protocol) ? known.nodePort : take()
    if (known) known.protocols.add(protocol)
    else byPort.set(port.port, { nodePort: port.nodePort, protocols: new Set([protocol]) })
  }
}

function* givenPorts(spec: Spec): Generator<[field: string, port: number]> {
  for (const [index, { nodePort }] of (spec.ports ?? []).entries()) if (nodePort) yield [`spec.ports[${index}].nodePort`, nodePort]
  if (spec.healthCheckNodePort) yield ['spec.healthCheckNodePort', spec.healthCheckNodePort]
}

const portsOf = (spec: Spec | undefined): number[] => (spec ? [...givenPorts(spec)].map(([, port]) => port) : [])

function checked(field: string, port: number, used: ReadonlySet<number>): FieldError[] {
  if (port < first || port > last) return [invalid(field, port, `provided port is not in the valid range. The range of valid ports is ${first}-${last}`)]
  return used.has(port) ? [invalid(field, port, 'provided port is already allocated')] : []
}

function free(used: ReadonlySet<number>, pick: (size: number) => number): number {
  const size = last - first + 1
  const start = pick(size)
  for (let step = 0; step < size; step++) {
    const port = first + ((start + step) % size)
    if (!used.has(port)) return port
  }
  throw internal('failed to allocate a nodePort: range is full')
}
