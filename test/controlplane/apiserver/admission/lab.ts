import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { silentLogger } from '../../../../src/base/log.ts'
import { DynamicAdmission } from '../../../../src/controlplane/apiserver/admission/dynamic-admission.ts'
import type { Authorize } from '../../../../src/controlplane/apiserver/http/router.ts'
import { storedDefinitions } from '../../../../src/controlplane/apiserver/kinds/definitions.ts'
import { defineKind } from '../../../../src/controlplane/apiserver/kinds/kind.ts'
import type { Admission, ResourceDefinition } from '../../../../src/controlplane/apiserver/resource.ts'
import { issueServing, type KeyPair, makeAuthority } from '../../../../src/controlplane/pki/authority.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

const group = 'admissionregistration.k8s.io'
const names = [
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
]
const plural = (kind: string) => (kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`).toLowerCase()

/** A backend whose writes go through policies and webhooks. */
export async function admissionLab(options: { admissions?: readonly Admission[]; authorize?: Authorize; more?: readonly ResourceDefinition[] } = {}) {
  const built = [...storedDefinitions({}), ...(options.more ?? [])]
  const missing = names
    .filter((kind) => !built.some((entry) => entry.group === group && entry.kind === kind))
    .map((kind) => defineKind<KubeObject>({ group, resource: plural(kind), kind, namespaced: false }))
  const hooks = new DynamicAdmission({ authorize: options.authorize ?? (async () => ({ allowed: true })), log: silentLogger })
  const lab = await makeBackend({ hooks, definitions: [...built, ...missing], admissions: options.admissions })
  return {
    ...lab,
    hooks,
    /** Stores an object of admission under its name, in the place of the one that was there. */
    async configure(kind: string, name: string, fields: object): Promise<void> {
      const ref = { resource: `${plural(kind)}.${group}`, name }
      await lab.backend.delete(ref).catch(() => {})
      await lab.backend.create(ref, { metadata: { name }, ...fields } as KubeObject)
    },
    async remove(kind: string, name: string): Promise<void> {
      await lab.backend.delete({ resource: `${plural(kind)}.${group}`, name })
    },
    [Symbol.dispose]: () => hooks[Symbol.dispose](),
  }
}

/** What a webhook is asked. */
export interface Review {
  readonly apiVersion: string
  readonly request: { readonly uid: string; readonly [field: string]: unknown; readonly object: KubeObject | null; readonly oldObject: KubeObject | null }
}

type Answer = object | { readonly status: number; readonly text: string } | 'hang'

/** An HTTPS server that is a webhook, with an authority of its own. */
export class WebhookServer implements AsyncDisposable {
  readonly asked: { readonly path: string; readonly review: Review }[] = []
  connections = 0
  respond: (review: Review, path: string) => Answer = () => ({ allowed: true })
  readonly #server: Server
  readonly authority: KeyPair

  private constructor(server: Server, authority: KeyPair) {
    this.#server = server
    this.authority = authority
    server.on('secureConnection', () => {
      this.connections += 1
    })
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review
      const path = request.url ?? ''
      this.asked.push({ path, review })
      const answer = this.respond(review, path)
      if (answer === 'hang') return
      if ('text' in answer) return void response.writeHead(answer.status).end(answer.text)
      const {
        apiVersion,
        request: { uid },
      } = review
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify('kind' in answer ? answer : { kind: 'AdmissionReview', apiVersion, response: { uid, ...answer } }))
    })
  }

  static async start(dnsNames: readonly string[] = ['hook.default.svc']): Promise<WebhookServer> {
    const now = Date.now()
    const authority = await makeAuthority('webhook-ca', now)
    const { certPem, keyPem } = await issueServing(authority, 'webhook', dnsNames, ['127.0.0.1'], now)
    const server = createServer({ cert: certPem, key: keyPem })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new WebhookServer(server, authority)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get caBundle(): string {
    return Buffer.from(this.authority.certPem).toString('base64')
  }

  /** Ends all connections at once. */
  closeConnections(): void {
    this.#server.closeAllConnections()
  }

  /** A webhook of a configuration, reached by its URL. */
  hook(name: string, over: object = {}): object {
    return {
      name,
      clientConfig: { url: `https://127.0.0.1:${this.port}/${name}`, caBundle: this.caBundle },
      rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], scope: '*' }],
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      timeoutSeconds: 10,
      namespaceSelector: {},
      objectSelector: {},
      ...over,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** A patch as a webhook answers it. */
export const patchOf = (...operations: object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
})

/** What a write is refused with. */
export async function refusal(write: Promise<unknown>): Promise<KubeError> {
  try {
    await write
  } catch (error) {
    if (error instanceof KubeError) return error
    throw error
  }
  throw new Error('the write was let through')
}
