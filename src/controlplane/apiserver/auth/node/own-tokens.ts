import type { KubeObject, Pod } from '../../../../kube/objects.ts'
import type { AdmissionRequest } from '../../resource.ts'
import type { ApiBackend } from '../../rest/backend.ts'
import type { Attributes, User } from '../user.ts'
import { found, volumeOf } from './bound.ts'
import { referencesOf } from './pod-references.ts'
import { refuse } from './refuse.ts'

/** Whether the user may do that: the authorizer. */
export type MayAsk = (user: User, asked: Attributes, backend: ApiBackend) => Promise<{ readonly allowed: boolean }>

interface TokenRequestBody extends KubeObject {
  readonly spec?: {
    readonly audiences?: readonly string[]
    readonly boundObjectRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string; readonly uid?: string }
  }
}

/** A node gets a token for a pod that runs on it, and for an audience that this pod wants (ServiceAccountNodeAudienceRestriction, KEP-4935). */
export async function restrictToken(request: AdmissionRequest, node: string, may: MayAsk): Promise<void> {
  const { namespace, name, context } = request
  const { boundObjectRef: bound, audiences = [] } = (request.object as TokenRequestBody).spec ?? {}
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name) return refuse(request, 'node requested token not bound to a pod')
  if (!bound.uid) refuse(request, 'node requested token with a pod binding without a uid')
  const pod = (await context.backend.get({ resource: 'pods', namespace, name: bound.name })) as Pod
  if (pod.metadata?.uid !== bound.uid)
    refuse(
      request,
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  if (pod.spec?.nodeName !== node) refuse(request, 'node requested token bound to a pod scheduled on a different node')
  if (audiences.length > 1) refuse(request, 'node may only request 0 or 1 audiences')
  const [audience = ''] = audiences
  if (await wants(pod, audience, context.backend)) return
  const verb = 'request-serviceaccounts-token-audience'
  const asked = { verb, group: '', resource: audience, subresource: '', namespace, name }
  if (audience !== '' && (await may(context.user, asked, context.backend)).allowed) return
  refuse(
    request,
    `audience ${JSON.stringify(audience)} not found in pod spec volume, ${context.user.name} is not authorized to request tokens for this audience`,
  )
}

/** Whether a volume of the pod, or the driver of one, is given tokens for that audience; empty is the API server's own. */
async function wants(pod: Pod, audience: string, backend: ApiBackend): Promise<boolean> {
  const projected = (pod.spec?.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? [])
  if (projected.some(({ serviceAccountToken: token }) => token && (token.audience ?? '') === audience)) return true
  for (const driver of await driversOf(pod, backend)) {
    const described = await found<KubeObject & { readonly spec?: { readonly tokenRequests?: readonly { readonly audience?: string }[] } }>(backend, {
      resource: 'csidrivers.storage.k8s.io',
      name: driver,
    })
    if (described?.spec?.tokenRequests?.some((each) => (each.audience ?? '') === audience)) return true
  }
  return false
}

async function driversOf(pod: Pod, backend: ApiBackend): Promise<ReadonlySet<string>> {
  const { drivers, claims } = referencesOf(pod)
  const all = new Set(drivers)
  for (const claim of claims) {
    const driver = (await volumeOf(backend, pod.metadata?.namespace ?? '', claim))?.spec?.csi?.driver
    if (driver) all.add(driver)
  }
  return all
}
