import type { KubeObject, Pod } from '../../../kube/objects.ts'
import type { RequestContext } from '../resource.ts'
import { badRequest, conflict, invalid } from '../rest/status-errors.ts'
import { defaultIssuer, type TokenSigner } from './tokens.ts'

interface TokenRequestObject extends KubeObject {
  readonly spec?: {
    readonly audiences?: readonly string[]
    readonly expirationSeconds?: number
    readonly boundObjectRef?: { readonly kind?: string; readonly apiVersion?: string; readonly name?: string; readonly uid?: string }
  }
}

const kind = { group: 'authentication.k8s.io', resource: 'tokenrequests', kind: 'TokenRequest' }
const longest = 2 ** 32

/** Answers `serviceaccounts/<name>/token`: a token bound, if asked, to a pod, secret or node that is there. */
export function tokenRequestHandler(signer: TokenSigner) {
  return async (body: KubeObject, parent: KubeObject, context: RequestContext): Promise<KubeObject> => {
    const { spec = {} } = body as TokenRequestObject
    const { name = '', namespace = '', uid = '' } = parent.metadata ?? {}
    const expirationSeconds = spec.expirationSeconds ?? 3600
    const audiences = spec.audiences?.length ? spec.audiences : [defaultIssuer]
    const field = 'spec.expirationSeconds'
    // As the real server: ten minutes at least.
    if (expirationSeconds < 600)
      throw invalid(kind, '', [
        { reason: 'FieldValueInvalid', field, message: `Invalid value: ${expirationSeconds}: may not specify a duration less than 10 minutes` },
      ])
    if (expirationSeconds > longest)
      throw invalid(kind, '', [
        { reason: 'FieldValueInvalid', field, message: `Invalid value: ${expirationSeconds}: may not specify a duration larger than 2^32 seconds` },
      ])
    const bound = await boundObjects(spec.boundObjectRef, { namespace, name }, context)
    const token = signer.issue({ namespace, serviceAccount: { name, uid }, audiences, expirationSeconds, ...bound }, context.now)
    const expirationTimestamp = new Date(context.now + expirationSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
    const metadata = { name, namespace, creationTimestamp: new Date(context.now).toISOString().replace(/\.\d+Z$/, 'Z') }
    return {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata,
      spec: { ...spec, audiences, expirationSeconds },
      status: { token, expirationTimestamp },
    } as KubeObject
  }
}

const bindable = new Map<string | undefined, string>([
  ['Pod', 'pods'],
  ['Secret', 'secrets'],
  ['Node', 'nodes'],
])

/** As Go prints a GroupVersionKind. */
function groupVersionKind({ apiVersion = '', kind = '' }: NonNullable<Bound>): string {
  const at = apiVersion.lastIndexOf('/')
  return `${at < 0 ? '' : apiVersion.slice(0, at)}/${apiVersion.slice(at + 1)}, Kind=${kind}`
}

type Bound = NonNullable<TokenRequestObject['spec']>['boundObjectRef']

async function boundObjects(bound: Bound, { namespace, name: account }: { readonly namespace: string; readonly name: string }, { backend }: RequestContext) {
  if (!bound) return {}
  const resource = (bound.apiVersion ?? 'v1') === 'v1' ? bindable.get(bound.kind) : undefined
  if (!resource) throw badRequest(`cannot bind token to object of type ${groupVersionKind(bound)}`)
  if (!bound.name) throw badRequest('spec.boundObjectRef.name: Required value: name the object that the token is bound to')
  const object = await backend.get({ resource, ...(resource !== 'nodes' && { namespace }), name: bound.name })
  const uid = object.metadata?.uid ?? ''
  if (bound.uid && bound.uid !== uid)
    throw conflict(
      { group: '', resource, kind: bound.kind ?? '' },
      bound.name,
      `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    )
  const reference = { name: bound.name, uid }
  if (resource === 'secrets') return { secret: reference }
  if (resource === 'nodes') return { node: reference }
  const { nodeName, serviceAccountName } = (object as Pod).spec ?? {}
  if (serviceAccountName !== account)
    throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`)
  if (!nodeName) return { pod: reference }
  const node = await backend.get({ resource: 'nodes', name: nodeName }).catch(() => undefined)
  return { pod: reference, ...(node && { node: { name: nodeName, uid: node.metadata?.uid ?? '' } }) }
}
