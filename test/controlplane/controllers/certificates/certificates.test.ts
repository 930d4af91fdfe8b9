import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { makeSigningRequest } from '../../../../src/certificates/signing-request.ts'
import { type CertificateTemplate, clientTemplate, servingTemplate } from '../../../../src/certificates/template.ts'
import { makeBootstrapToken, userOfBootstrapToken } from '../../../../src/controlplane/apiserver/auth/bootstrap-tokens.ts'
import type { User } from '../../../../src/controlplane/apiserver/auth/user.ts'
import { certificateSigningRequests } from '../../../../src/controlplane/apiserver/kinds/certificates/certificate-signing-requests.ts'
import { isOver } from '../../../../src/controlplane/controllers/certificates/cleaner.ts'
import { type RunningControlPlane, startControlPlane } from '../../../../src/controlplane/start.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { CertificateSigningRequest, Secret } from '../../../../src/kube/objects.ts'
import { waitUntil } from '../../../support/wait-until.ts'

const resource = 'certificatesigningrequests.certificates.k8s.io'
const joiner: User = { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers', 'system:authenticated'] }
const nodeUser = (name: string): User => ({ name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] })
const clientSigner = 'kubernetes.io/kube-apiserver-client-kubelet'
const servingSigner = 'kubernetes.io/kubelet-serving'
const userSigner = 'kubernetes.io/kube-apiserver-client'
const clientUsages = ['digital signature', 'client auth']
const servingUsages = ['digital signature', 'server auth']
const atOne = servingTemplate('n1', [{ type: 'InternalIP', address: '10.0.0.1' }]) ?? clientTemplate('n1')

describe('certificate requests', () => {
  let plane: RunningControlPlane
  before(async () => {
    plane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
  })
  after(() => plane[Symbol.asyncDispose]())

  async function ask(user: User, template: CertificateTemplate, signerName: string, usages: readonly string[]): Promise<CertificateSigningRequest> {
    const { requestPem } = await makeSigningRequest(template)
    const spec = { request: Buffer.from(requestPem).toString('base64'), signerName, usages, username: 'somebody else' }
    const body = { metadata: { generateName: 'csr-' }, spec } as unknown as CertificateSigningRequest
    return (await plane.backend.create({ resource }, body, { user })) as CertificateSigningRequest
  }
  const look = async ({ metadata }: CertificateSigningRequest) =>
    (await plane.backend.get({ resource, name: metadata?.name ?? '' })) as CertificateSigningRequest
  const until = (csr: CertificateSigningRequest, holds: (csr: CertificateSigningRequest) => boolean) =>
    waitUntil('the request to be dealt with', async () => {
      const now = await look(csr)
      return holds(now) && now
    })
  const issued = (csr: CertificateSigningRequest) => until(csr, ({ status }) => Boolean(status?.certificate))
  const types = ({ status }: CertificateSigningRequest) => status?.conditions?.map(({ type }) => type)
  async function approve(csr: CertificateSigningRequest, type = 'Approved') {
    const conditions = [...(csr.status?.conditions ?? []), { type, status: 'True', reason: 'ByHand' }]
    return plane.backend.update({ resource, name: csr.metadata?.name ?? '' }, { ...csr, status: { conditions } } as CertificateSigningRequest, {
      subresource: 'approval',
    })
  }
  const words = (pattern: RegExp) => (error: unknown) => error instanceof KubeError && pattern.test(error.message)

  it('of a node that joins, and of a node for itself, are approved and signed; the server says who asks', async () => {
    const first = await issued(await ask(joiner, clientTemplate('n1'), clientSigner, clientUsages))
    assert.deepEqual([first.spec.username, first.spec.groups], [joiner.name, joiner.groups])
    assert.deepEqual(types(first), ['Approved'])
    await issued(await ask(nodeUser('n1'), clientTemplate('n1'), clientSigner, clientUsages))
  })

  it('of a node for another node, of anybody else, and for serving wait for a person', async () => {
    const other = await ask(nodeUser('n2'), clientTemplate('n1'), clientSigner, clientUsages)
    const serving = await ask(nodeUser('n1'), atOne, servingSigner, servingUsages)
    // What came later is dealt with: these were looked at.
    await issued(await ask(joiner, clientTemplate('n3'), clientSigner, clientUsages))
    for (const csr of [other, serving]) assert.deepEqual((await look(csr)).status, {})
    await approve(serving)
    await issued(serving)
    await approve(other, 'Denied')
    await assert.rejects(async () => approve(await look(other)), words(/Approved and Denied conditions are mutually exclusive/))
    const undecided = { ...(await look(other)), status: { conditions: [] } } as CertificateSigningRequest
    await assert.rejects(
      plane.backend.update({ resource, name: other.metadata?.name ?? '' }, undecided, { subresource: 'approval' }),
      words(/updates may not remove a condition of type "Denied"/),
    )
  })

  it('of people need no usage but client auth', async () => {
    const person = { ...clientTemplate('n1'), commonName: 'jane', organizations: ['ops'] }
    for (const usages of [['client auth'], ['client auth', 'key encipherment'], clientUsages]) {
      const csr = await ask(joiner, person, userSigner, usages)
      await approve(csr)
      await issued(csr)
    }
  })

  it('that a signer may not sign are marked Failed when they are approved', async () => {
    for (const [template, signer, usages, why] of [
      [clientTemplate('n1'), servingSigner, servingUsages, /subjectAltName is required/],
      [{ ...atOne, organizations: ['system:masters'] }, servingSigner, servingUsages, /organization is not system:nodes/],
      [clientTemplate('n1'), clientSigner, servingUsages, /usages did not match/],
      [{ ...clientTemplate('n1'), commonName: 'me' }, clientSigner, clientUsages, /does not begin with system:node:/],
      [atOne, clientSigner, clientUsages, /subjectAltNames are not allowed/],
      [clientTemplate('n1'), userSigner, ['client auth', 'server auth'], /^invalid usage for client certificate: server auth$/],
      [clientTemplate('n1'), userSigner, ['digital signature'], /^missing required usage for client certificate: client auth$/],
    ] as const) {
      const csr = await ask(joiner, template, signer, usages)
      await approve(csr)
      const failed = await until(csr, (now) => types(now)?.includes('Failed') ?? false)
      assert.match(failed.status?.conditions?.at(-1)?.message ?? '', why)
      assert.equal(failed.status?.certificate, undefined)
    }
  })

  it('are checked, and nobody becomes a master by one', async () => {
    const masters = { ...clientTemplate('x'), commonName: 'me', organizations: ['system:masters'] }
    await assert.rejects(ask(joiner, masters, 'kubernetes.io/kube-apiserver-client', clientUsages), words(/system:masters group is not allowed/))
    const wrong = { metadata: { name: 'wrong' }, spec: { request: 'AAAA', signerName: 'x', usages: ['no such'] } } as CertificateSigningRequest
    await assert.rejects(
      plane.backend.create({ resource }, wrong),
      words(/spec.request.*PEM block type must be CERTIFICATE REQUEST.*spec.usages\[0\]: Unsupported value: "no such".*spec.signerName/s),
    )
  })

  it('print as kubectl get csr shows them', async () => {
    const csr = await issued(await ask(joiner, clientTemplate('n9'), clientSigner, clientUsages))
    const cells = certificateSigningRequests.printer.cells(csr, Date.now())
    assert.deepEqual(cells.slice(2), [clientSigner, joiner.name, '<none>', 'Approved,Issued'])
  })

  it('are removed an hour after they were decided on, or a day after they were made', () => {
    const csr = (status: object) => ({ metadata: { creationTimestamp: '2026-01-01T00:00:00Z' }, status }) as CertificateSigningRequest
    const hours = (count: number) => Date.parse('2026-01-01T00:00:00Z') + count * 3600_000 + 1000
    const denied = csr({ conditions: [{ type: 'Denied', lastUpdateTime: '2026-01-01T01:00:00Z' }] })
    assert.deepEqual([isOver(csr({}), hours(23)), isOver(csr({}), hours(24))], [false, true])
    assert.deepEqual([isOver(denied, hours(1)), isOver(denied, hours(2))], [false, true])
  })

  it('a bootstrap token serves until it ends, is deleted, or is not for authentication', async () => {
    const { backend } = plane
    const now = Date.now()
    const token = await makeBootstrapToken(backend, now)
    const [id = ''] = token.split('.')
    const user = await userOfBootstrapToken(token, backend, now)
    assert.deepEqual(user?.groups, ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token', 'system:authenticated'])
    assert.equal(await userOfBootstrapToken(`${id}.aaaaaaaaaaaaaaaa`, backend, now), undefined)
    assert.equal(await userOfBootstrapToken(token, backend, now + 25 * 3600_000), undefined)
    const ref = { resource: 'secrets', namespace: 'kube-system', name: `bootstrap-token-${id}` }
    const secret = (await backend.get(ref)) as Secret
    await backend.update(ref, { ...secret, data: { ...secret.data, 'usage-bootstrap-authentication': '' } } as Secret)
    assert.equal(await userOfBootstrapToken(token, backend, now), undefined)
    await backend.delete(ref)
    assert.equal(await userOfBootstrapToken(token, backend, now), undefined)
  })
})
