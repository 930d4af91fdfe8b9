import { isDeepStrictEqual } from 'node:util'
import { writeJson } from '../../../../json/exact.ts'
import type { Node } from '../../../../kube/objects.ts'
import { append, duplicate, eachOf, type FieldError, forbidden, invalid } from '../../../../kube/validation/field-errors.ts'
import { networkOf, validateCidrLeniently } from '../../../../kube/validation/ip-validation.ts'
import { labelValueFaults, validateQualifiedName } from '../../../../kube/validation/names.ts'
import { validateResourceAmount } from '../../../../kube/validation/resource-names.ts'
import { validateTaintEffect } from '../../../../kube/validation/toleration-validation.ts'

/** The mistakes of a new node: `ValidateNode`. */
export const validateNode = (node: Node): FieldError[] => [...validateTaints(node), ...validateResources(node), ...validatePodCidrs(node.spec?.podCIDRs)]

// The taints are told of as if they were metadata: so upstream has it.
function validateTaints({ spec }: Node): FieldError[] {
  const seen = new Set<string>()
  return eachOf('metadata.taints', spec?.taints, (at, taint) => {
    const { key = '', value = '', effect } = taint
    const errors = validateQualifiedName(`${at}.key`, key)
    const faults = labelValueFaults(value)
    if (faults.length > 0) errors.push(invalid(`${at}.value`, value, faults.join(';')))
    errors.push(...validateTaintEffect(`${at}.effect`, effect))
    const pair = writeJson([key, effect])
    if (seen.has(pair)) {
      const twice = duplicate(at, taint)
      errors.push({ ...twice, message: `${twice.message}: taints must be unique by key and effect pair` })
    }
    seen.add(pair)
    return errors
  })
}

function validateResources({ status }: Node): FieldError[] {
  const errors: FieldError[] = []
  for (const list of ['capacity', 'allocatable'] as const)
    for (const [name, amount] of Object.entries(status?.[list] ?? {})) append(errors, validateResourceAmount(`status.${list}.${name}`, name, String(amount)))
  return errors
}

function validatePodCidrs(cidrs: readonly string[] | undefined): FieldError[] {
  const path = 'spec.podCIDRs'
  const errors = eachOf(path, cidrs, (at, cidr) => validateCidrLeniently(at, cidr))
  if (!cidrs || cidrs.length < 2) return errors
  const families = new Set(cidrs.map((cidr) => networkOf(cidr)?.family))
  if (families.size < 2 || cidrs.length > 2) errors.push(invalid(path, cidrs, 'may specify no more than one CIDR for each IP family'))
  const seen = new Set<string>()
  append(
    errors,
    eachOf(path, cidrs, (at, cidr) => {
      const twice = seen.has(cidr)
      seen.add(cidr)
      return twice ? [duplicate(at, cidr)] : []
    }),
  )
  return errors
}

/** What an update of a node or of its status may not do: `ValidateNodeUpdate`. */
export function validateNodeUpdate(next: Node, previous: Node): FieldError[] {
  const errors = validateResources(next)
  const addresses = new Set<string>()
  append(
    errors,
    eachOf('status.addresses', next.status?.addresses, (at, address) => {
      const key = writeJson([address.type, address.address])
      const twice = addresses.has(key)
      addresses.add(key)
      return twice ? [duplicate(at, address)] : []
    }),
  )
  const [now, before] = [next.spec ?? {}, previous.spec ?? {}]
  if (before.podCIDRs?.length && !isDeepStrictEqual(now.podCIDRs, before.podCIDRs))
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  if (before.providerID && now.providerID !== before.providerID)
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  append(errors, validateTaints(next))
  if ((now.externalID ?? '') !== (before.externalID ?? '')) errors.push(forbidden('spec.externalID', 'may not be updated'))
  return errors
}
