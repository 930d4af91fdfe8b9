import type { PodSpec } from '../objects.ts'
import { duplicate, eachOf, type FieldError, invalid, required } from './field-errors.ts'
import { validateName } from './names.ts'

/** The claims of devices that a pod brings for its containers. */
export function validatePodClaims(path: string, claims: PodSpec['resourceClaims']): FieldError[] {
  const names = new Set<string>()
  return eachOf(path, claims, (at, claim) => {
    const { name, resourceClaimName, resourceClaimTemplateName } = claim
    const errors: FieldError[] = []
    if (!name) errors.push(required(`${at}.name`))
    else if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
    else errors.push(...validateName(`${at}.name`, name, 'label'))
    names.add(name)
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined)
      errors.push(invalid(at, claim, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'))
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined)
      errors.push(invalid(at, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'))
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const value = claim[field]
      if (value !== undefined) errors.push(...validateName(`${at}.${field}`, value, 'subdomain'))
    }
    return errors
  })
}
