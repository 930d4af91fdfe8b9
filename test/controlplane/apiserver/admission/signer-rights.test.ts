import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signerRights } from '../../../../src/controlplane/apiserver/admission/signer-rights.ts'
import type { AdmissionRequest } from '../../../../src/controlplane/apiserver/resource.ts'

const may = (...names: string[]) =>
  signerRights(async (_, asked) => ({
    allowed: asked.resource === 'signers' && asked.group === 'certificates.k8s.io' && names.includes(`${asked.verb} ${asked.name}`),
  }))
const csr = (status: object) => ({ metadata: { name: 'c' }, spec: { signerName: 'example.com/web' }, status })
const request = (subresource: string, before: object, after: object) =>
  ({
    operation: 'UPDATE',
    definition: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', kind: 'CertificateSigningRequest' },
    subresource,
    name: 'c',
    old: csr(before),
    object: csr(after),
    context: { user: { name: 'eve', groups: [] } },
  }) as unknown as AdmissionRequest

const approved = { conditions: [{ type: 'Approved', status: 'True' }] }
const refused = (what: string) => ({
  message: `certificatesigningrequests.certificates.k8s.io "c" is forbidden: user not permitted to ${what} signerName "example.com/web"`,
})

test('who approves must be allowed to in the signer’s name, or for its domain', async () => {
  await assert.rejects(async () => may('sign example.com/web')(request('approval', {}, approved)), refused('approve requests with'))
  await may('approve example.com/web')(request('approval', {}, approved))
  await may('approve example.com/*')(request('approval', {}, approved))
})

test('who signs likewise; what leaves certificate and conditions alone is no signing', async () => {
  await assert.rejects(
    async () => may('approve example.com/web')(request('status', approved, { ...approved, certificate: 'x' })),
    refused('sign requests with'),
  )
  await may('sign example.com/web')(request('status', approved, { ...approved, certificate: 'x' }))
  await may()(request('status', approved, approved))
  await may()(request('', approved, approved))
})

test('who vouches for a signer’s roots must be allowed to attest for it', async () => {
  const bundle = (signerName?: string) =>
    ({
      ...request('', {}, {}),
      operation: 'CREATE',
      definition: { group: 'certificates.k8s.io', resource: 'clustertrustbundles', kind: 'ClusterTrustBundle' },
      object: { metadata: { name: 'b' }, spec: { ...(signerName && { signerName }) } },
    }) as unknown as AdmissionRequest
  await assert.rejects(async () => may()(bundle('example.com/web')), /user not permitted to attest for signerName "example.com\/web"/)
  await may('attest example.com/web')(bundle('example.com/web'))
  await may()(bundle())
})
