import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { NodeView } from '../../actors/node/node-view.ts'
import { type ServingIdentity, servingIdentity } from '../../src/agent/serving-identity.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Logger } from '../../src/base/log.ts'
import type { NodeFlags } from '../../src/config/node-flags.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { issueServing, type KeyPair, makeAuthority } from '../../src/controlplane/pki/authority.ts'
import { ScriptedClient } from '../support/scripted-client.ts'
import { waitUntil } from '../support/wait-until.ts'

describe('the certificate that 10250 shows', () => {
  let directory = ''
  let authority: KeyPair
  const told: string[] = []
  const tell = (message: string) => void told.push(message)
  const log: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => log }
  const path = (name: string) => join(directory, name)
  const make = () => issueServing(authority, 'n1', ['n1'], ['10.0.0.1'], Date.now())
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'serving-'))
    authority = await makeAuthority('ca', Date.now())
  })
  after(() => rm(directory, { recursive: true }))

  function identity(flags: NodeFlags): Promise<ServingIdentity> {
    const config = resolveAgentConfig({ hostnameOverride: 'n1', certDir: path('pki'), ...flags })
    return servingIdentity({ config, client: new ScriptedClient(), nodeView: new NodeView(['10.0.0.1']), clock: systemClock, log })
  }

  it('is of the agent’s own making when nothing else is said', async () => {
    assert.match((await identity({})).current?.certificate ?? '', /BEGIN CERTIFICATE/)
  })

  it('is that of the files, and the next one when they are replaced; half a replacement changes nothing', async () => {
    const [first, second] = [await make(), await make()]
    const put = async (name: string, text: string) => {
      await writeFile(path(`${name}.new`), text)
      await rename(path(`${name}.new`), path(name))
    }
    await put('tls.crt', first.certPem)
    await put('tls.key', first.keyPem)
    const serving = await identity({ tlsCertFile: path('tls.crt'), tlsPrivateKeyFile: path('tls.key') })
    assert.deepEqual(serving.current, { certificate: first.certPem, key: first.keyPem })
    const seen: unknown[] = []
    serving.onChange((certificate) => seen.push(certificate))
    const stopping = new AbortController()
    const running = serving.run(stopping.signal)
    await put('tls.crt', second.certPem)
    await waitUntil('the trouble', () => told.some((line) => line.includes('the last one stays')))
    assert.deepEqual([seen, serving.current?.certificate], [[], first.certPem])
    await put('tls.key', second.keyPem)
    await waitUntil('the new one', () => seen.length > 0)
    assert.deepEqual([seen, serving.current], [[{ certificate: second.certPem, key: second.keyPem }], { certificate: second.certPem, key: second.keyPem }])
    stopping.abort()
    await running
  })

  it('must be the one of its key', async () => {
    const [one, other] = [await make(), await make()]
    await writeFile(path('a.crt'), one.certPem)
    await writeFile(path('a.key'), other.keyPem)
    await assert.rejects(
      identity({ tlsCertFile: path('a.crt'), tlsPrivateKeyFile: path('a.key') }),
      /--tls-cert-file .*the key is not the one of the certificate/,
    )
  })

  it('is nothing while the API server has not issued one', async () => {
    assert.equal((await identity({ rotateServerCertificates: true })).current, undefined)
  })
})
