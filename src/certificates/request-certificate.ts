import { type Clock, sleep } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import { type KubeClient, KubeError } from '../kube/client.ts'
import type { CertificateSigningRequest } from '../kube/objects.ts'

export interface CertificateRequest {
  readonly requestPem: string
  readonly signerName: string
  readonly usages: readonly string[]
}

interface Tools {
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
}

const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const watchSeconds = 300
const lookAgainMs = 1000

/** Asks the API server for a certificate and waits until it is issued (PEM). Rejects when it is denied, cannot be signed or is deleted, and with the signal's reason. */
export async function requestCertificate({ requestPem, signerName, usages }: CertificateRequest, tools: Tools): Promise<string> {
  const { client, log } = tools
  const body = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { generateName: 'csr-' },
    spec: { request: Buffer.from(requestPem).toString('base64'), signerName, usages },
  }
  const made = await client.create<CertificateSigningRequest>(path, body, { signal: tools.signal })
  const { name = '', uid } = made.metadata ?? {}
  log.info('a certificate is requested; it waits for approval', { csr: name, signer: signerName, approve: `kubectl certificate approve ${name}` })
  for (let latest: CertificateSigningRequest | undefined = made; ; latest = await again(name, tools)) {
    const certificate = latest && (issued(latest, uid) ?? (await watched(latest, uid, tools)))
    if (certificate !== undefined) return certificate
    await sleep(tools.clock, lookAgainMs, tools.signal)
  }
}

/** Looks at the request anew; undefined while the API server does not answer. */
async function again(name: string, { client, signal }: Tools): Promise<CertificateSigningRequest | undefined> {
  try {
    return await client.get<CertificateSigningRequest>(`${path}/${name}`, { signal })
  } catch (error) {
    if (error instanceof KubeError && error.code === 404) throw new Error(`certificate request ${name} was deleted before it was signed`, { cause: error })
    if (error instanceof KubeError) return undefined
    throw error
  }
}

/** Follows the request; undefined when the watch came to its end. */
async function watched({ metadata }: CertificateSigningRequest, uid: string | undefined, { client, signal }: Tools): Promise<string | undefined> {
  const { name = '', resourceVersion = '' } = metadata ?? {}
  const query = { fieldSelector: `metadata.name=${name}`, resourceVersion, timeoutSeconds: String(watchSeconds) }
  try {
    for await (const event of client.watch<CertificateSigningRequest>(path, { query, signal })) {
      if (event.type === 'ERROR') return undefined
      if (event.type === 'BOOKMARK') continue
      if (event.type === 'DELETED') throw new Error(`certificate request ${name} was deleted before it was signed`)
      const certificate = issued(event.object, uid)
      if (certificate !== undefined) return certificate
    }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
  }
  return undefined
}

function issued({ metadata, status }: CertificateSigningRequest, uid: string | undefined): string | undefined {
  const name = metadata?.name
  if (metadata?.uid !== uid) throw new Error(`certificate request ${name} is another one by now`)
  for (const { type, reason = '', message = '' } of status?.conditions ?? []) {
    if (type === 'Denied') throw new Error(`certificate request ${name} is denied: ${reason}: ${message}`)
    if (type === 'Failed') throw new Error(`certificate request ${name} could not be signed: ${reason}: ${message}`)
  }
  const approved = status?.conditions?.some(({ type }) => type === 'Approved')
  return approved && status?.certificate ? Buffer.from(status.certificate, 'base64').toString() : undefined
}
