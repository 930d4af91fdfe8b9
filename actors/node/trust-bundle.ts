import { type KubeClient, KubeError } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/objects.ts'
import type { TrustBundleRequest } from '../../src/volumes/volume.ts'
import type { TrustBundleAnswer } from './messages.ts'

interface ClusterTrustBundle extends KubeObject {
  readonly spec?: { readonly signerName?: string; readonly trustBundle?: string }
}

/** Alpha in 1.32, behind a gate of the API server; later servers have v1beta1. */
const collections = ['/apis/certificates.k8s.io/v1beta1/clustertrustbundles', '/apis/certificates.k8s.io/v1alpha1/clustertrustbundles']

/**
 * The trust anchors of a ClusterTrustBundle by its name, or of all that a signer has under some labels: certificates in PEM, each once.
 * Asked anew each time. Nothing found is an answer, and what it means is the volume's to say.
 */
export async function trustBundle(client: KubeClient, request: TrustBundleRequest): Promise<TrustBundleAnswer> {
  try {
    const bundles = await firstServed(
      request.name === undefined ? (path) => bySigner(client, path, request) : (path) => byName(client, path, request.name ?? ''),
    )
    if (bundles) return { ok: true, pem: anchorsOf(bundles) }
    return { ok: false, away: false, message: 'the API server serves no ClusterTrustBundles (feature gate ClusterTrustBundle)' }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    return { ok: false, away: error.code === 0 || error.code >= 500 || error.code === 429, message: `while getting ClusterTrustBundle: ${error.message}` }
  }
}

type Ask = (path: string) => Promise<readonly ClusterTrustBundle[] | undefined>

async function firstServed(ask: Ask): Promise<readonly ClusterTrustBundle[] | undefined> {
  for (const path of collections) {
    const found = await ask(path)
    if (found) return found
  }
  return undefined
}

/** Undefined when the collection is not served. */
async function byName(client: KubeClient, path: string, name: string): Promise<readonly ClusterTrustBundle[] | undefined> {
  const all = await bySigner(client, path, { selector: '', fieldSelector: `metadata.name=${name}` })
  return all?.filter(({ metadata }) => metadata?.name === name)
}

async function bySigner(
  client: KubeClient,
  path: string,
  { signerName, selector, fieldSelector = `spec.signerName=${signerName}` }: Pick<TrustBundleRequest, 'signerName' | 'selector'> & { fieldSelector?: string },
): Promise<readonly ClusterTrustBundle[] | undefined> {
  // kubelet 1.32: without a selector nothing is meant, an empty one means all.
  if (selector === undefined) return []
  try {
    const { items } = await client.list<ClusterTrustBundle>(path, { query: { fieldSelector, ...(selector === '' ? {} : { labelSelector: selector }) } })
    return signerName === undefined ? items : items.filter(({ spec }) => spec?.signerName === signerName)
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) return undefined
    throw error
  }
}

/** Sorted, so that the same anchors are the same file. */
function anchorsOf(bundles: readonly ClusterTrustBundle[]): string {
  const found = bundles.flatMap(({ spec }) => spec?.trustBundle?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])
  return [...new Set(found.map((pem) => pem.replaceAll('\r', '')))]
    .sort()
    .map((pem) => `${pem}\n`)
    .join('')
}
