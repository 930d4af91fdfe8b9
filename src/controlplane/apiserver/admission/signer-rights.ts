import { isDeepStrictEqual } from 'node:util'
import type { CertificateSigningRequest, KubeObject } from '../../../kube/objects.ts'
import { refuse } from '../auth/node/refuse.ts'
import type { Attributes, User } from '../auth/user.ts'
import { type AdmissionRequest, resourceName, type ValidatingAdmission } from '../resource.ts'
import type { ApiBackend } from '../rest/backend.ts'

type MayAsk = (user: User, asked: Attributes, backend: ApiBackend) => Promise<{ readonly allowed: boolean }>

/**
 * kube-apiserver's CertificateApproval, CertificateSigning and ClusterTrustBundleAttest: to approve, sign or vouch in a signer's name one must be allowed to by that
 * name (`approve`, `sign`, `attest` on `signers`), or for all of its domain.
 */
export function signerRights(may: MayAsk): ValidatingAdmission {
  return async (request) => {
    const { definition, operation, subresource, object, old } = request
    switch (resourceName(definition)) {
      case 'certificatesigningrequests.certificates.k8s.io': {
        if (operation !== 'UPDATE') return
        const { spec, status } = old as CertificateSigningRequest
        if (subresource === 'approval') return check(request, may, 'approve', spec.signerName, 'approve requests with')
        const next = (object as CertificateSigningRequest).status
        const signs = next?.certificate !== status?.certificate || !isDeepStrictEqual(next?.conditions ?? [], status?.conditions ?? [])
        if (subresource === 'status' && signs) await check(request, may, 'sign', spec.signerName, 'sign requests with')
        return
      }
      case 'clustertrustbundles.certificates.k8s.io': {
        const { signerName } = (object as KubeObject & { readonly spec?: { readonly signerName?: string } }).spec ?? {}
        if (operation !== 'DELETE' && signerName) await check(request, may, 'attest', signerName, 'attest for')
        return
      }
      default:
    }
  }
}

async function check(request: AdmissionRequest, may: MayAsk, verb: string, signer: string, what: string): Promise<void> {
  const { user, backend } = request.context
  const asked = { verb, group: 'certificates.k8s.io', resource: 'signers', subresource: '', namespace: '', name: signer }
  for (const name of [signer, `${signer.split('/')[0]}/*`]) if ((await may(user, { ...asked, name }, backend)).allowed) return
  refuse(request, `user not permitted to ${what} signerName ${JSON.stringify(signer)}`)
}
