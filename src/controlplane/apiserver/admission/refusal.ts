import { KubeError } from '../../../kube/client.ts'
import type { Status } from '../../../kube/objects.ts'
import type { Named } from '../rest/status-errors.ts'
import { forbiddenBy } from '../rest/status-errors.ts'

/** A refusal of admission with a code and a reason of its own. */
export interface Refusal {
  readonly message: string
  readonly reason: string
  readonly code: number
  readonly causes: readonly string[]
  /** The message is not led in by what is forbidden. */
  readonly bare?: boolean
}

/** `pods "a" is forbidden: …`, as the policies of users refuse it. */
export function forbiddenAs(of: Named, name: string, { message, reason, code, causes, bare }: Refusal): KubeError {
  const { status: usual } = forbiddenBy(of, name, message)
  const text = bare ? message : (usual?.message ?? message)
  const status = { ...usual, message: text, reason, code, details: { ...usual?.details, causes: causes.map((cause) => ({ message: cause })) } } as Status
  return new KubeError(text, code, reason, { status })
}
