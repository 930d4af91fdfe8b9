import type { AdmissionRequest } from '../../resource.ts'
import { forbiddenBy } from '../../rest/status-errors.ts'

/** Throws the 403 of an admission plugin. */
export function refuse({ definition, name, object }: AdmissionRequest, why: string): never {
  throw forbiddenBy(definition, name || object.metadata?.name || '', why)
}
