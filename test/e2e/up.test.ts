/** `podsteward up` as a user starts it: without Docker, twice on one state, on etcd, stopped by Ctrl-C. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Pod } from '../../src/kube/objects.ts'
import { freePort } from '../support/free-port.ts'
import { Kubectl } from '../support/kubectl.ts'
import { Podsteward } from '../support/podsteward.ts'
import { waitUntil } from '../support/wait-until.ts'

async function stateDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'up-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}

const simulated = (state: string, ...extra: string[]) =>
  new Podsteward(['up', '--state-dir', state, '--secure-port', '0', '--port', '0', '--engine', 'simulated', '--hostname-override', 'up-node', ...extra])

test('without a Docker Engine the pods are simulated, and one line says so and how to get the real one', async (t) => {
  const state = await stateDirectory(t)
  await using podsteward = new Podsteward(['up', '--state-dir', state, '--secure-port', '0', '--port', '0', '--hostname-override', 'up-node'], {
    env: { DOCKER_HOST: `unix://${state}/no.sock` },
  })
  await podsteward.says(/[Nn]o Docker Engine at unix:.*no\.sock.*: containers are simulated in memory\. For real ones: apt-get install docker\.io/)
  await podsteward.says(/default\/hello.*running/)
  const kubectl = new Kubectl(join(state, 'kubeconfig'))
  assert.match(await kubectl.ok(['get', 'pod', 'hello']), /hello\s+1\/1\s+Running\s+0/)
  assert.equal((await stat(join(state, 'kubeconfig'))).mode & 0o777, 0o600)
})

test('an engine asked for by name that is not there ends the command with code 2', async (t) => {
  const state = await stateDirectory(t)
  await using podsteward = new Podsteward(['up', '--state-dir', state, '--secure-port', '0', '--docker-endpoint', `unix://${state}/no.sock`])
  await waitUntil('its end', () => podsteward.exitCode !== undefined, { seen: () => podsteward.output })
  assert.equal(podsteward.exitCode, 2, podsteward.output)
  assert.match(podsteward.output, /no\.sock/)
})

test('Ctrl-C stops cleanly, and a second start finds the state again', async (t) => {
  const state = await stateDirectory(t)
  const first = simulated(state)
  await first.says(/default\/hello.*running/)
  const kubectl = new Kubectl(join(state, 'kubeconfig'))
  await kubectl.ok(['create', 'configmap', 'kept', '--from-literal=a=b'])
  const uid = (await kubectl.json<Pod>(['get', 'pod', 'hello'])).metadata?.uid
  await first.stop('SIGINT')
  assert.equal(first.exitCode, 0, first.output)

  await using second = simulated(state)
  await second.says(/up-node.*ready/)
  const again = new Kubectl(join(state, 'kubeconfig'))
  assert.equal(await again.ok(['get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}']), 'b')
  assert.equal((await again.json<Pod>(['get', 'pod', 'hello'])).metadata?.uid, uid)
})

test('two agents never run on one state directory', async (t) => {
  const state = await stateDirectory(t)
  await using first = simulated(state)
  await first.says(/up-node.*ready/)
  await using second = simulated(state)
  await waitUntil('its end', () => second.exitCode !== undefined)
  assert.equal(second.exitCode, 2, second.output)
  assert.match(second.output, /in use by another podsteward/)
})

test('with --etcd-servers the state lives in etcd under the usual keys and outlives the state directory', async (t) => {
  const root = await stateDirectory(t)
  const [clientPort, peerPort] = [await freePort(), await freePort()]
  const url = `http://127.0.0.1:${clientPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  const etcd = spawn(
    'etcd',
    [
      '--data-dir',
      join(root, 'etcd'),
      '--listen-client-urls',
      url,
      '--advertise-client-urls',
      url,
      '--listen-peer-urls',
      peer,
      '--initial-advertise-peer-urls',
      peer,
      '--initial-cluster',
      `default=${peer}`,
    ],
    { stdio: 'ignore' },
  )
  t.after(async () => {
    etcd.kill('SIGKILL')
    if (etcd.exitCode === null && etcd.signalCode === null) await once(etcd, 'exit')
  })
  await waitUntil('etcd', async () => (await fetch(`${url}/health`)).ok)
  const state = join(root, 'state')
  const first = simulated(state, '--etcd-servers', url)
  await first.says(/default\/hello.*running/)
  const uid = (await new Kubectl(join(state, 'kubeconfig')).json<Pod>(['get', 'pod', 'hello'])).metadata?.uid
  await first.stop()
  const range = await fetch(`${url}/v3/kv/range`, {
    method: 'POST',
    body: JSON.stringify({ key: Buffer.from('/registry/pods/default/hello').toString('base64') }),
  })
  assert.equal(((await range.json()) as { count?: string }).count, '1')

  await using second = simulated(join(root, 'other'), '--etcd-servers', url)
  await second.says(/up-node.*ready/)
  assert.equal((await new Kubectl(join(root, 'other', 'kubeconfig')).json<Pod>(['get', 'pod', 'hello'])).metadata?.uid, uid)
})
