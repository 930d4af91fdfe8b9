import type { CertificateSigningRequest } from '../../../kube/objects.ts'
import { type KeyPair, notAfter, signRequest } from '../../pki/authority.ts'
import { follow, unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { hasCondition, refusalOf, signers } from './recognise.ts'

export interface SignerOptions extends SchedulerOptions {
  readonly authority: KeyPair
  /** How long a certificate lives at most. kube-controller-manager's `--cluster-signing-duration`: a year. */
  readonly durationMs: number
}

const resource = 'certificatesigningrequests.certificates.k8s.io'
const known: readonly string[] = Object.values(signers)

/** Signs approved requests as kube-controller-manager's csrsigning does; what may not be signed is marked Failed. */
export async function signRequests(options: SignerOptions): Promise<void> {
  const { backend } = options
  await follow(resource, options, async (type, object) => {
    const csr = object as CertificateSigningRequest
    if (type === 'DELETED' || csr.status?.certificate || !known.includes(csr.spec.signerName)) return
    if (!hasCondition(csr, 'Approved') || hasCondition(csr, 'Denied') || hasCondition(csr, 'Failed')) return
    const status = await outcome(csr, options)
    await unless(backend.update({ resource, name: csr.metadata?.name ?? '' }, { ...csr, status } as CertificateSigningRequest, { subresource: 'status' }))
  })
}

async function outcome(csr: CertificateSigningRequest, { authority, durationMs, clock }: SignerOptions) {
  const { spec, status } = csr
  const failed = (reason: string, message: string) => ({
    ...status,
    conditions: [...(status?.conditions ?? []), { type: 'Failed', status: 'True', reason, message }],
  })
  const refusal = refusalOf(csr)
  if (refusal !== undefined) return failed('SignerValidationFailure', refusal)
  const now = clock.wall()
  const asked = spec.expirationSeconds === undefined ? durationMs : spec.expirationSeconds * 1000
  const validMs = Math.min(durationMs, asked, notAfter(authority.certPem) - now)
  try {
    const pem = await signRequest(authority, Buffer.from(spec.request, 'base64').toString(), spec.usages ?? [], validMs, now)
    return { ...status, certificate: Buffer.from(pem).toString('base64') }
  } catch (error) {
    return failed('SigningFailed', error instanceof Error ? error.message : String(error))
  }
}
