import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect } from 'node:tls'
import type { CertificateSigningRequest, Lease, Node } from '../../src/kube/objects.ts'
import { readYaml as parse } from '../../src/yaml/read-yaml.ts'
import { Kubectl } from '../support/kubectl.ts'
import { podManifest } from '../support/live-node.ts'
import { Podsteward } from '../support/podsteward.ts'
import { testDockerSocket } from '../support/test-docker.ts'
import { waitUntil } from '../support/wait-until.ts'

const nodeName = 'joining-node'
let state = ''
let controlPlane: Podsteward
let node: Podsteward
let kubectl: Kubectl
const path = (name: string) => join(state, name)
const currentClient = () => path('pki/kubelet-client-current.pem')

before(async () => {
  state = await mkdtemp(join(tmpdir(), 'certificates-'))
  // Short lives, so that certificates are renewed while one looks.
  controlPlane = new Podsteward(['controlplane', '--state-dir', path('cp'), '--secure-port', '0', '--cluster-signing-duration', '30s'])
  await controlPlane.says(/a node joins within a day/)
  kubectl = new Kubectl(path('cp/kubeconfig'))
  const docker = `unix://${testDockerSocket()}`
  node = new Podsteward([
    ...['node', '--bootstrap-kubeconfig', path('cp/bootstrap.kubeconfig'), '--kubeconfig', path('kubelet.conf'), '--rotate-certificates'],
    ...['--rotate-server-certificates', '--cert-dir', path('pki'), '--client-ca-file', path('cp/pki/ca.crt'), '--hostname-override', nodeName],
    ...['--root-dir', path('node'), '--pod-logs-dir', path('logs'), '--port', '0', '--healthz-port', '0', '--docker-endpoint', docker],
  ])
})
after(async () => {
  await kubectl.run(['delete', 'pods', '--all', '--grace-period=1'])
  await node[Symbol.asyncDispose]()
  await controlPlane[Symbol.asyncDispose]()
  await rm(state, { recursive: true, force: true })
})

const requests = async (signer: string): Promise<CertificateSigningRequest[]> => {
  const { items } = await kubectl.json<{ items: CertificateSigningRequest[] }>(['get', 'csr', '--sort-by=.metadata.creationTimestamp'])
  return items.filter(({ spec }) => spec.signerName === `kubernetes.io/${signer}`)
}
const theNode = () => kubectl.json<Node>(['get', 'node', nodeName])
const clientCertificate = async () => new X509Certificate(await readFile(currentClient(), 'utf8'))

test('a node with a bootstrap token alone gets its client certificate, writes its kubeconfig and registers', async () => {
  const ready = async () => (await theNode()).status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') || undefined
  await waitUntil('the node to be ready', ready, { seen: () => node.output })
  const [first] = await requests('kube-apiserver-client-kubelet')
  assert.match(first?.spec.username ?? '', /^system:bootstrap:[a-z0-9]{6}$/)
  assert.ok(first?.spec.groups?.includes('system:bootstrappers:kubeadm:default-node-token'))
  assert.equal(first?.status?.conditions?.[0]?.message, 'Auto approving kubelet client certificate after SubjectAccessReview.')
  const kubeconfig = parse(await readFile(path('kubelet.conf'), 'utf8')) as { users: { user: object }[] }
  assert.deepEqual(kubeconfig.users[0]?.user, { 'client-certificate': currentClient(), 'client-key': currentClient() })
  for (const file of [path('kubelet.conf'), currentClient()]) assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.equal((await clientCertificate()).subject, `O=system:nodes\nCN=system:node:${nodeName}`)
  // The node's own kubeconfig is good for another program too.
  assert.match(await new Kubectl(path('kubelet.conf')).ok(['get', 'node', nodeName]), /Ready/)
})

test('nobody is served before the serving certificate is approved; then kubectl logs works', async () => {
  await kubectl.apply(JSON.stringify(podManifest('speaker', { nodeName, containers: [{ command: ['sh', '-c', 'echo said; exec sleep 1000'] }] })))
  await kubectl.ok(['wait', '--for=condition=Ready', 'pod/speaker', '--timeout=60s'])
  const pending = await waitUntil('the request', async () => (await requests('kubelet-serving'))[0], { seen: () => node.output })
  assert.deepEqual(
    [pending.spec.username, pending.spec.usages, pending.status?.conditions],
    [`system:node:${nodeName}`, ['digital signature', 'server auth'], undefined],
  )
  assert.match(
    await kubectl.ok(['get', 'csr']),
    new RegExp(`${pending.metadata?.name} .*kubernetes.io/kubelet-serving +system:node:${nodeName} +<none> +Pending`),
  )
  const early = await kubectl.run(['logs', 'speaker'])
  assert.notEqual(early.code, 0)
  assert.equal(early.stdout, '')
  await approveServing()
  const logs = await waitUntil('the log', async () => (await kubectl.run(['logs', 'speaker'])).stdout || undefined, { seen: () => node.output })
  assert.equal(logs, 'said\n')
  const shown = await certificateShown()
  assert.equal(shown.subject, `O=system:nodes\nCN=system:node:${nodeName}`)
  const ip = (await theNode()).status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
  assert.equal(shown.subjectAltName, `DNS:${nodeName}, IP Address:${ip}`)
})

test('both certificates are renewed before they end, and the node goes on without a gap', async () => {
  const before = { client: await clientCertificate(), link: await readlink(currentClient()), shown: await certificateShown() }
  await waitUntil('another client certificate', async () => (await readlink(currentClient())) !== before.link || undefined, {
    timeoutMs: 60_000,
    seen: () => node.output,
  })
  const renewal = (await requests('kube-apiserver-client-kubelet')).at(-1)
  assert.equal(renewal?.spec.username, `system:node:${nodeName}`)
  assert.equal(renewal?.status?.conditions?.[0]?.message, 'Auto approving self kubelet client certificate after SubjectAccessReview.')
  assert.notEqual(
    (await clientCertificate()).publicKey.export({ type: 'spki', format: 'pem' }),
    before.client.publicKey.export({ type: 'spki', format: 'pem' }),
  )
  const serving = await waitUntil(
    'another serving certificate',
    async () => {
      await approveServing()
      const shown = await certificateShown()
      return shown.serialNumber !== before.shown.serialNumber && shown
    },
    { timeoutMs: 60_000, seen: () => node.output },
  )
  assert.equal(serving.subjectAltName, before.shown.subjectAltName)
  const metrics = await kubectl.ok(['get', '--raw', `/api/v1/nodes/${nodeName}/proxy/metrics`])
  for (const whose of ['client', 'server']) {
    const left = Number(new RegExp(`^kubelet_certificate_manager_${whose}_ttl_seconds (\\S+)$`, 'm').exec(metrics)?.[1])
    assert.ok(left > 0 && left <= 30, `${left} s`)
  }
  // With the old certificate nothing gets through by then.
  const ended = before.client.validToDate.getTime()
  const lease = () => kubectl.json<Lease>(['get', 'lease', nodeName, '-n', 'kube-node-lease'])
  await waitUntil('a lease renewed later than that', async () => Date.parse((await lease()).spec?.renewTime ?? '') > ended || undefined, {
    timeoutMs: 60_000,
    seen: lease,
  })
  assert.equal((await theNode()).status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True')
})

async function approveServing(): Promise<void> {
  for (const { metadata, status } of await requests('kubelet-serving'))
    if (!status?.conditions) await kubectl.ok(['certificate', 'approve', metadata?.name ?? ''])
}

async function certificateShown(): Promise<X509Certificate> {
  const { status } = await theNode()
  const host = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
  const socket = connect({ host, port: status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    const certificate = socket.getPeerX509Certificate()
    assert.ok(certificate)
    return certificate
  } finally {
    socket.destroy()
  }
}
