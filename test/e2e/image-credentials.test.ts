/** Images from guarded registries on a real engine: by the pod's own secret, by the node's Docker configuration, by a credential-provider plugin; and what a pod without any is told. */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import Docker from 'dockerode'
import type { Pod } from '../../src/kube/objects.ts'
import { busyboxImage, ensureBusybox } from '../support/images.ts'
import { LiveNode, statusOf } from '../support/live-node.ts'
import { startRegistry, type TestRegistry } from '../support/registry.ts'
import { testDockerSocket } from '../support/test-docker.ts'

const account = { username: 'anna', password: 'correct-horse' }
const other = { username: 'ben', password: 'battery-staple' }
const login = ({ username, password }: typeof account) => ({ auth: Buffer.from(`${username}:${password}`).toString('base64') })
const apiVersion = 'credentialprovider.kubelet.k8s.io/v1'

let node: LiveNode
let directory: string
let own: TestRegistry
let plugged: TestRegistry
const images = { own: '', plugged: '' }

before(async () => {
  await ensureBusybox(testDockerSocket())
  own = await startRegistry(account)
  plugged = await startRegistry(other)
  images.own = await own.push(testDockerSocket(), busyboxImage, 'team/app:1')
  images.plugged = await plugged.push(testDockerSocket(), busyboxImage, 'app:1')
  directory = await mkdtemp(join(tmpdir(), 'providers-'))
  const response = { kind: 'CredentialProviderResponse', apiVersion, cacheKeyType: 'Registry', auth: { [plugged.host]: other } }
  await writeFile(join(directory, 'gives'), `#!/bin/sh\ncat >> ${directory}/asked\necho '${JSON.stringify(response)}'\n`)
  await writeFile(join(directory, 'fails'), '#!/bin/sh\necho "the metadata service is away" >&2\nexit 1\n')
  for (const name of ['gives', 'fails']) await chmod(join(directory, name), 0o755)
  const provider = (name: string, host: string) => ({ name, matchImages: [host], defaultCacheDuration: '10m', apiVersion })
  const providers = [provider('gives', plugged.host), provider('fails', own.host)]
  await writeFile(join(directory, 'config.yaml'), JSON.stringify({ apiVersion: 'kubelet.config.k8s.io/v1', kind: 'CredentialProviderConfig', providers }))
  node = await LiveNode.start('--image-credential-provider-config', join(directory, 'config.yaml'), '--image-credential-provider-bin-dir', directory)
})
after(async () => {
  await node?.[Symbol.asyncDispose]()
  const docker = new Docker({ socketPath: testDockerSocket() })
  for (const image of Object.values(images))
    await docker
      .getImage(image)
      .remove()
      .catch(() => {})
  await own?.[Symbol.asyncDispose]()
  await plugged?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const always = (image: string) => ({ containers: [{ image, imagePullPolicy: 'Always' }] })
const waiting = (pod: Pod) => statusOf(pod)?.state?.waiting?.reason ?? ''

test('without credentials, or from a registry that is not there, a pod waits as ErrImagePull and is told why', async () => {
  await node.run('bare', always(images.own))
  await node.run('nowhere', always('127.0.0.1:1/nothing:1'))
  for (const name of ['bare', 'nowhere']) {
    const pod = await node.until(name, 'to wait for its image', (each) => /^(ErrImagePull|ImagePullBackOff)$/.test(waiting(each)))
    assert.equal(pod.status?.phase, 'Pending')
    await node.untilEvent(name, /^Failed: Failed to pull image "/)
    await node.untilEvent(name, /^Failed: Error: ErrImagePull$/)
    await node.untilEvent(name, /^BackOff: Back-off pulling image "/)
  }
})

test('a pod’s own secret lets it in, and the event tells the size', async () => {
  await node.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'pull' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [own.host]: login(account) } }) },
  })
  await node.ready('secret', { ...always(images.own), imagePullSecrets: [{ name: 'pull' }] })
  await node.untilEvent('secret', /^Pulled: Successfully pulled image ".*" in \S+ \(\S+ including waiting\)\. Image size: \d+ bytes\.$/)
})

test('the node’s own Docker configuration is found as soon as it is written, though a plugin for the registry fails', async () => {
  await writeFile(join(node.state, 'node/config.json'), JSON.stringify({ auths: { [`${own.host}/team`]: login(account) } }), { mode: 0o600 })
  await node.ready('own', always(images.own))
})

test('a plugin gives the credentials, once for the registry', async () => {
  await node.ready('plugin', always(images.plugged))
  await node.ready('again', always(images.plugged))
  const asked = (await readFile(join(directory, 'asked'), 'utf8')).trim().split('\n')
  assert.deepEqual(
    asked.map((line) => JSON.parse(line)),
    [{ kind: 'CredentialProviderRequest', apiVersion, image: `${plugged.host}/app` }],
  )
})

test('nothing secret was written', () => {
  for (const { password } of [account, other]) assert.equal(node.podsteward.output.includes(password), false)
})
