/** `podsteward up` on containerd as a user starts it. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Node } from '../../../src/kube/objects.ts'
import { startContainerd } from '../../support/containerd.ts'
import { Kubectl } from '../../support/kubectl.ts'
import { Podsteward } from '../../support/podsteward.ts'
import { waitUntil } from '../../support/wait-until.ts'

async function directory(t: TestContext): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'up-containerd-'))
  t.after(() => rm(made, { recursive: true, force: true }))
  return made
}

const up = (state: string, endpoint: string, ...extra: string[]) => {
  const ports = ['--secure-port', '0', '--port', '0', '--cadvisor-port', '0', '--hostname-override', 'up-node']
  return new Podsteward(['up', '--state-dir', state, ...ports, '--container-runtime-endpoint', endpoint, ...extra])
}

test('it says which runtime it uses, and runs the example pod, whose image no registry has', async (t) => {
  const root = await directory(t)
  const state = join(root, 'state')
  await using daemon = await startContainerd({ root: join(root, 'containerd') })
  {
    await using podsteward = up(state, daemon.endpoint)
    await podsteward.says(/^containerd 1\.\S+ at unix:.*containerd\.sock$/m)
    await podsteward.says(/default\/hello.*running/)
    const kubectl = new Kubectl(join(state, 'kubeconfig'))
    const node = await kubectl.json<Node>(['get', 'node', 'up-node'])
    assert.match(node.status?.nodeInfo?.containerRuntimeVersion ?? '', /^containerd:\/\/1\./)
    await kubectl.ok(['delete', 'pod', 'hello', '--wait'])
  }
  await waitUntil('nothing to be left', async () => (await daemon.ctr('containers', 'ls', '-q')) === '', { seen: () => daemon.ctr('containers', 'ls') })
})

test('where there is no Docker it takes the containerd that is at its usual place, unasked', async (t) => {
  const root = await directory(t)
  await using daemon = await startContainerd({ root: join(root, 'containerd') })
  // The usual place is the machine's: there it is for this command alone.
  const place = `mkdir -p /run/containerd && mount -t tmpfs none /run/containerd && ln -s ${daemon.socketPath} /run/containerd/containerd.sock && exec "$@"`
  const ports = ['--secure-port', '0', '--port', '0', '--cadvisor-port', '0', '--hostname-override', 'up-node']
  await using podsteward = new Podsteward(['up', '--state-dir', join(root, 'state'), ...ports, '--no-example'], {
    env: { DOCKER_HOST: `unix://${root}/no-docker.sock` },
    under: ['unshare', '-m', '--propagation', 'private', 'sh', '-c', place, 'sh'],
  })
  await podsteward.says(/^containerd 1\.\S+ at unix:\/\/\/run\/containerd\/containerd\.sock$/m)
  await podsteward.says(/up-node.*ready/)
})

test('without a network the node is not Ready, in a kubelet’s words; a runtime that is not there ends the command', async (t) => {
  const root = await directory(t)
  await using daemon = await startContainerd({ root: join(root, 'containerd'), network: false })
  {
    await using podsteward = up(join(root, 'state'), daemon.endpoint, '--no-example')
    await podsteward.says(/API server/)
    const kubectl = new Kubectl(join(root, 'state/kubeconfig'))
    const ready = async () => {
      const answer = await kubectl.run(['get', 'node', 'up-node', '-o', 'json'])
      const node = answer.code === 0 ? (JSON.parse(answer.stdout) as Node) : undefined
      return node?.status?.conditions?.find(({ type }) => type === 'Ready')
    }
    await waitUntil('the node to be not Ready', async () => (await ready())?.status === 'False', { seen: ready })
    const { reason, message } = (await ready()) ?? {}
    assert.equal(reason, 'KubeletNotReady')
    assert.match(message ?? '', /container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error/)
  }
  await using absent = up(join(root, 'other'), `unix://${root}/no.sock`)
  await waitUntil('its end', () => absent.exitCode !== undefined, { seen: () => absent.output })
  assert.equal(absent.exitCode, 2, absent.output)
  assert.match(absent.output, /cannot reach the container runtime at unix:.*no\.sock/)
})
