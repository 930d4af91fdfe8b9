import { KubeError } from '../../../../kube/client.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import { type AdmissionRequest, resourceName, type ValidatingAdmission, type WriteEnd } from '../../resource.ts'
import { forbiddenBy, internal } from '../../rest/status-errors.ts'
import { type Charge, checkQuotas } from './check.ts'
import { evaluatorOf } from './evaluator.ts'
import { quotaLedgerOf } from './ledger.ts'
import type { ResourceQuota } from './quota-kind.ts'

const resource = 'resourcequotas'
// Each failed round means that somebody else wrote the quota.
const attempts = 10

/**
 * kube-apiserver's ResourceQuota, the last of all steps: what a write takes is added to `status.used` of each quota that is about it before it is stored, by
 * version, so that the sum never is more than the quota has; a write that comes to nothing gives it back.
 */
export const resourceQuota: ValidatingAdmission = async (request) => {
  const { definition, operation, subresource, namespace, object, old, context } = request
  if (!namespace || (subresource !== '' && subresource !== 'resize')) return undefined
  const evaluator = evaluatorOf(definition)
  if (!evaluator?.handles(operation, subresource)) return undefined
  const { backend } = context
  if ((await quotasIn(request)).length === 0) return undefined
  const ledger = quotaLedgerOf(backend)
  const oldVersion = operation === 'UPDATE' ? old?.metadata?.resourceVersion : undefined
  const within: KubeObject = { ...object, metadata: { ...object.metadata, namespace } }
  const charge = { evaluator, object: within, ...(oldVersion !== undefined && old && { old }), now: context.now }
  if (context.dryRun) return void (await chargedBy(request, charge, []))
  const end = ledger.reserve({ resource: resourceName(definition), namespace, object: within, oldVersion })
  try {
    await ledger.inTurn(namespace, () => chargeAll(request, charge))
  } catch (error) {
    end(false)
    throw error
  }
  return end satisfies WriteEnd
}

async function quotasIn({ namespace, context }: AdmissionRequest): Promise<readonly ResourceQuota[]> {
  return (await context.backend.list({ resource, namespace })).items as readonly ResourceQuota[]
}

/** What is to be written of the quotas, without those that are written already. Throws a 403. */
async function chargedBy(request: AdmissionRequest, charge: Charge, written: readonly string[]): Promise<readonly ResourceQuota[]> {
  const quotas = (await quotasIn(request)).filter(({ metadata }) => !written.includes(metadata?.uid ?? ''))
  const outcome = checkQuotas(quotas, charge)
  if ('refused' in outcome && outcome.unknown) quotaLedgerOf(request.context.backend).recount(request.namespace)
  if ('refused' in outcome) throw forbiddenBy(request.definition, request.name || charge.object.metadata?.name || '', outcome.refused)
  return outcome.charged
}

async function chargeAll(request: AdmissionRequest, charge: Charge): Promise<void> {
  const { backend } = request.context
  const written: string[] = []
  for (let attempt = 1; ; attempt++) {
    let again = false
    for (const quota of await chargedBy(request, charge, written)) {
      const { name = '', namespace = '', uid = '' } = quota.metadata ?? {}
      try {
        await backend.update({ resource, namespace, name }, quota, { subresource: 'status' })
        written.push(uid)
      } catch (error) {
        if (!(error instanceof KubeError) || (error.code !== 409 && error.code !== 404)) throw error
        again = true
      }
    }
    if (!again) return
    if (attempt >= attempts) throw internal('resource quota evaluation timed out')
  }
}
