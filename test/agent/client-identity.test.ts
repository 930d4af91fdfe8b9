import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { clientIdentity } from '../../src/agent/client-identity.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import type { NodeFlags } from '../../src/config/node-flags.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { issueClient, type KeyPair, makeAuthority } from '../../src/controlplane/pki/authority.ts'
import { kubeconfig } from '../../src/controlplane/pki/kubeconfig.ts'
import { readYaml as parse } from '../../src/yaml/read-yaml.ts'

const tools = { clock: systemClock, log: silentLogger }
const dayMs = 24 * 3600_000

describe('who the node is to the API server', () => {
  let directory = ''
  let authority: KeyPair
  const path = (name: string) => join(directory, name)
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'identity-'))
    authority = await makeAuthority('ca', Date.now() - 1000 * dayMs)
    await writeFile(path('bootstrap'), kubeconfig('https://127.0.0.1:1', authority.certPem, 'joiner', { token: 'abcdef.0123456789abcdef' }))
  })
  after(() => rm(directory, { recursive: true }))

  /** A kubeconfig of the node's own whose certificate was issued so long ago. */
  async function own(name: string, daysAgo: number): Promise<string> {
    const pair = await issueClient(authority, { commonName: 'system:node:n1', organizations: ['system:nodes'] }, Date.now() - daysAgo * dayMs)
    await writeFile(path(name), kubeconfig('https://127.0.0.1:1', authority.certPem, 'node', pair))
    return path(name)
  }
  const config = (flags: NodeFlags) => resolveAgentConfig({ hostnameOverride: 'n1', certDir: path('pki'), ...flags })

  it('is its kubeconfig’s as it is, when nothing is to be renewed', async () => {
    const kubeconfig = await own('valid', 1)
    assert.equal(await clientIdentity(config({ kubeconfig }), tools), undefined)
    assert.equal(await clientIdentity(config({ kubeconfig, bootstrapKubeconfig: path('bootstrap') }), tools), undefined)
    assert.equal(await clientIdentity(config({ kubeconfig, bootstrapKubeconfig: path('taken-away') }), tools), undefined)
  })

  it('begins with the kubeconfig’s certificate when it is to be renewed', async () => {
    await using identity = await clientIdentity(config({ kubeconfig: await own('rotating', 1), rotateCertificates: true }), tools)
    const tls = await identity?.access.tls()
    assert.match(String(tls?.cert), /BEGIN CERTIFICATE/)
    assert.equal(tls?.ca?.toString(), authority.certPem)
  })

  it('is asked for with the bootstrap kubeconfig when there is no kubeconfig, or its certificate has ended; until then nothing is sent', async () => {
    for (const kubeconfig of [path('absent'), await own('ended', 400)]) {
      await using identity = await clientIdentity(config({ kubeconfig, bootstrapKubeconfig: path('bootstrap') }), tools)
      await assert.rejects(async () => identity?.access.tls(), /no client certificate has been issued yet/)
      assert.deepEqual(await identity?.access.headers(), {}, 'the token of the bootstrap is for requests of certificates alone')
      const written = parse(await readFile(kubeconfig, 'utf8')) as { clusters: { cluster: { server: string } }[]; users: { user: object }[] }
      assert.equal(written.clusters[0]?.cluster.server, 'https://127.0.0.1:1')
      const pem = path('pki/kubelet-client-current.pem')
      assert.deepEqual(written.users[0]?.user, { 'client-certificate': pem, 'client-key': pem })
      assert.equal((await stat(kubeconfig)).mode & 0o777, 0o600)
      await rm(kubeconfig)
    }
  })

  it('needs to know where to write its kubeconfig, and one of the two files', () => {
    assert.throws(() => config({ bootstrapKubeconfig: path('bootstrap') }), /--bootstrap-kubeconfig needs --kubeconfig/)
    assert.throws(() => config({ bootstrapKubeconfig: path('none'), kubeconfig: path('absent') }), /--bootstrap-kubeconfig: .*none/)
  })
})
