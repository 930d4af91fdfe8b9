import type * as client from '@kubernetes/client-node'
import { duplicate, eachOf, type FieldError, immutable, invalid, required } from '../../../../kube/validation/field-errors.ts'
import { validateDriverName } from '../../../../kube/validation/formats.ts'
import { validateQualifiedName } from '../../../../kube/validation/names.ts'
import { column, printer } from '../../table/columns.ts'
import { ageOf, nameOf } from '../../table/generic.ts'
import type { Given, GivenPart } from '../given.ts'
import { defineKind } from '../kind.ts'

export type CSINode = Given<client.V1CSINode>
type Driver = GivenPart<client.V1CSINodeDriver>

const longestNodeId = 256

/** storage.k8s.io/v1 CSINode. */
export const csiNodes = defineKind<CSINode>({
  group: 'storage.k8s.io',
  resource: 'csinodes',
  kind: 'CSINode',
  namespaced: false,
  returnsDeleted: true,
  printer: printer<CSINode>([column('Name'), column('Drivers', 0, 'integer'), column('Age')], (node, now) => [
    nameOf(node),
    node.spec?.drivers?.length ?? 0,
    ageOf(node, now),
  ]),
  defaults(node) {
    node.spec ??= {}
    node.spec.drivers ??= null as never
  },
  validate({ spec }) {
    const names = new Set<string>()
    return eachOf('spec.drivers', spec?.drivers, (at, driver) => {
      const { name = '' } = driver
      const again = names.has(name) ? [duplicate(`${at}.name`, name)] : []
      names.add(name)
      return [...validateDriver(at, driver), ...again, ...validateTopologyKeys(at, driver.topologyKeys)]
    })
  },
  // A driver may say anew how many volumes it takes, nothing else.
  validateUpdate: (next, previous) =>
    (previous.spec?.drivers ?? []).flatMap((old) =>
      (next.spec?.drivers ?? []).filter(({ name }) => name === old.name).flatMap((driver) => immutable('spec.drivers', fixed(driver), fixed(old))),
    ),
})

const fixed = ({ allocatable: _, ...rest }: Driver) => rest

function validateDriver(at: string, { name = '', nodeID = '', allocatable }: Driver): FieldError[] {
  const errors = validateDriverName(`${at}.name`, name)
  if (nodeID === '') errors.push(required(`${at}.nodeID`))
  if (nodeID.length > longestNodeId) errors.push(invalid(`${at}.nodeID`, nodeID, `must be ${longestNodeId} characters or less`))
  const count = allocatable?.count ?? 0
  if (count < 0) errors.push(invalid(`${at}.allocatable.count`, count, 'must be greater than or equal to 0'))
  return errors
}

function validateTopologyKeys(at: string, keys: readonly string[] = []): FieldError[] {
  const seen = new Set<string>()
  return keys.flatMap((key) => {
    const again = seen.has(key) ? [duplicate(at, key)] : []
    seen.add(key)
    return [...(key === '' ? [required(at)] : []), ...again, ...validateQualifiedName(at, key)]
  })
}
