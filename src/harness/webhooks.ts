import { createServer } from 'node:net'
import { issueServing, makeAuthority } from '../controlplane/pki/authority.ts'
import type { KubeObject } from '../kube/objects.ts'
import { type GivenObjects, readGiven } from './read-objects.ts'

/** Webhooks that run in the test, or beside it, on this machine. */
export interface WebhookOptions {
  /** Mutating and validating configurations, as files, folders or objects. Their services are replaced by this machine's address. */
  readonly configurations: GivenObjects
  /** Where the test serves them; a free port unless said. */
  readonly port?: number
}

/** With what the test serves its webhooks over HTTPS. */
export interface WebhookServing {
  readonly port: number
  /** PEM texts, for `127.0.0.1` and `localhost`. */
  readonly cert: string
  readonly key: string
  /** Of the authority that signed it. */
  readonly ca: string
}

interface Configuration extends KubeObject {
  webhooks?: { clientConfig?: { url?: string; service?: { path?: string }; caBundle?: string } }[]
}

const kinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

/** A certificate for the webhooks, and their configurations as they lead to it. */
export async function prepareWebhooks(options: WebhookOptions): Promise<{ readonly serving: WebhookServing; readonly configurations: readonly KubeObject[] }> {
  const given = await readGiven(options.configurations, ({ kind }) => kinds.includes(kind ?? ''), kinds.join(' or '))
  const now = Date.now()
  const authority = await makeAuthority('podsteward-webhooks', now)
  const { certPem, keyPem } = await issueServing(authority, 'webhooks', ['localhost'], ['127.0.0.1'], now)
  const serving = { port: options.port ?? (await freePort()), cert: certPem, key: keyPem, ca: authority.certPem }
  return { serving, configurations: (structuredClone(given) as Configuration[]).map((each) => ledHere(each, serving)) }
}

function ledHere(configuration: Configuration, { port, ca }: WebhookServing): Configuration {
  for (const { clientConfig } of configuration.webhooks ?? []) {
    if (!clientConfig?.service) continue
    const path = clientConfig.service.path ?? '/'
    clientConfig.url = `https://127.0.0.1:${port}${path.startsWith('/') ? path : `/${path}`}`
    clientConfig.caBundle = Buffer.from(ca).toString('base64')
    delete clientConfig.service
  }
  return configuration
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
