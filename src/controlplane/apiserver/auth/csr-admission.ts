import type { CertificateSigningRequest, KubeObject } from '../../../kube/objects.ts'
import { readRequest, signers } from '../../controllers/certificates/recognise.ts'
import type { Admission, AdmissionRequest } from '../resource.ts'
import { timestamp } from '../rest/object-meta.ts'
import { forbiddenBy } from '../rest/status-errors.ts'

/** Writes into a certificate request what only the server knows: who makes it, and when it was decided on (kube-apiserver's strategies). Refuses one that asks to be a master. */
export const csrAdmission: Admission = (request) => {
  if (request.definition.resource !== 'certificatesigningrequests') return
  if (request.operation === 'CREATE') fillRequester(request)
  else if (request.operation === 'UPDATE') stampConditions(request.object, request.old, timestamp(request.context.now))
}

function fillRequester({ definition, object, name, context }: AdmissionRequest): void {
  const csr = object as CertificateSigningRequest
  if (!csr.spec?.request) return
  const { name: username, uid, groups, extra } = context.user
  csr.spec = {
    ...csr.spec,
    username,
    uid,
    groups: [...groups],
    extra: extra && Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])),
  }
  // Its CertificateSubjectRestriction.
  if (csr.spec.signerName === signers.client && organizationsOf(csr).includes('system:masters'))
    throw forbiddenBy(definition, name, 'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed')
}

function organizationsOf(csr: CertificateSigningRequest): readonly string[] {
  try {
    return readRequest(csr).organizations
  } catch {
    // Not readable: its signer will say so.
    return []
  }
}

/** With the times that the client left out. */
function stampConditions(object: KubeObject, old: KubeObject | undefined, now: string): void {
  const before = (old as CertificateSigningRequest | undefined)?.status?.conditions ?? []
  for (const condition of (object as CertificateSigningRequest).status?.conditions ?? []) {
    const same = before.find(({ type, status }) => type === condition.type && status === condition.status)
    condition.lastUpdateTime ??= now
    condition.lastTransitionTime ??= same?.lastTransitionTime ?? now
  }
}
