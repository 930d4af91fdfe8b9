import { isIPv6 } from 'node:net'
import { printer } from '../../table/columns.ts'
import { ageOf, columns, nameOf } from '../../table/generic.ts'
import { defineKind } from '../kind.ts'
import { type Endpoints, validateEndpoints } from './endpoints-validation.ts'

/** core/v1 Endpoints. */
export const endpoints = defineKind<Endpoints>({
  resource: 'endpoints',
  singular: 'endpoints',
  kind: 'Endpoints',
  namespaced: true,
  shortNames: ['ep'],
  createsOnUpdate: true,
  storagePrefix: 'services/endpoints',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  printer: printer<Endpoints>(columns(['Name', 'Endpoints', 'Age']), (object, now) => [nameOf(object), shown(object), ageOf(object, now)]),
  defaults({ subsets }) {
    for (const { ports } of subsets ?? []) for (const port of ports ?? []) port.protocol ||= 'TCP'
  },
  validate: (object) => validateEndpoints(object),
})

const most = 3

/** As `kubectl get` shows them: the first three, and how many more. */
function shown({ subsets }: Endpoints): string {
  if (!subsets?.length) return '<none>'
  let count = 0
  const list: string[] = []
  for (const { addresses = [], ports = [] } of subsets) {
    count += addresses.length * Math.max(ports.length, 1)
    for (const port of ports.length > 0 ? ports : [undefined])
      for (const { ip = '' } of addresses.slice(0, most - list.length)) list.push(port ? `${isIPv6(ip) ? `[${ip}]` : ip}:${port.port}` : ip)
  }
  return count > most ? `${list.join(',')} + ${count - most} more...` : list.join(',')
}
