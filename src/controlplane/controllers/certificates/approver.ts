import type { CertificateSigningRequest } from '../../../kube/objects.ts'
import { authorize } from '../../apiserver/auth/authorizer.ts'
import type { Attributes, User } from '../../apiserver/auth/user.ts'
import { follow, unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'
import { hasCondition, readRequest, refusalOf, signers } from './recognise.ts'

/** Approves nodes' client certificates as kube-controller-manager's csrapproving does: whoever may create `nodeclient`, and nodes renewing their own. Serving certificates are a person's to approve. */
export async function approveNodeClients(options: SchedulerOptions): Promise<void> {
  const { backend, log } = options
  await follow('certificatesigningrequests.certificates.k8s.io', options, async (type, object) => {
    const csr = object as CertificateSigningRequest
    if (type === 'DELETED' || hasCondition(csr, 'Approved') || hasCondition(csr, 'Denied')) return
    if (csr.spec.signerName !== signers.kubeletClient || refusalOf(csr) !== undefined) return
    const { username = '', uid, groups = [] } = csr.spec
    const user: User = { name: username, uid, groups }
    const self = username === readRequest(csr).commonName
    const { allowed } = await authorize(user, creating(self ? 'selfnodeclient' : 'nodeclient'), backend)
    if (!allowed) return
    const message = `Auto approving ${self ? 'self ' : ''}kubelet client certificate after SubjectAccessReview.`
    const approval = { type: 'Approved', status: 'True', reason: 'AutoApproved', message }
    const next: CertificateSigningRequest = { ...csr, status: { ...csr.status, conditions: [...(csr.status?.conditions ?? []), approval] } }
    const ref = { resource: 'certificatesigningrequests.certificates.k8s.io', name: csr.metadata?.name ?? '' }
    await unless(backend.update(ref, next, { subresource: 'approval' }))
    log.debug('approved a node’s client certificate', { csr: ref.name, requester: username })
  })
}

const creating = (subresource: string): Attributes => ({
  verb: 'create',
  group: 'certificates.k8s.io',
  resource: 'certificatesigningrequests',
  subresource,
  namespace: '',
  name: '',
})
