/** The etcd of `podsteward up --etcd-servers` hangs, is killed and comes back, under pods that come and go. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePort } from '../support/free-port.ts'
import { Kubectl } from '../support/kubectl.ts'
import { Podsteward } from '../support/podsteward.ts'
import { waitUntil } from '../support/wait-until.ts'

async function anEtcd(t: TestContext, directory: string) {
  const url = `http://127.0.0.1:${await freePort()}`
  const peer = `http://127.0.0.1:${await freePort()}`
  const clients = ['--listen-client-urls', url, '--advertise-client-urls', url]
  const peers = ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`]
  let child: ChildProcess | undefined
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.after(async () => {
    await kill()
    await rm(directory, { recursive: true, force: true })
  })
  return {
    url,
    kill,
    signal: (signal: NodeJS.Signals) => void child?.kill(signal),
    async start() {
      child = spawn('etcd', ['--data-dir', join(directory, 'etcd'), ...clients, ...peers], { stdio: 'ignore' })
      await waitUntil('etcd', async () => (await fetch(`${url}/health`)).ok)
    },
  }
}

test('an etcd that hangs, or is killed and begun anew, costs nothing: what was taken stays, and pods come and go as before', {
  timeout: 300_000,
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'etcd-outage-'))
  const etcd = await anEtcd(t, directory)
  await etcd.start()
  const state = join(directory, 'state')
  const flags = ['--engine', 'simulated', '--secure-port', '0', '--port', '0', '--cadvisor-port', '0', '--no-example', '--hostname-override', 'e']
  await using up = new Podsteward(['up', '--state-dir', state, '--etcd-servers', etcd.url, ...flags])
  await up.says(/\be\b.*ready/, 60_000)
  const kubectl = new Kubectl(join(state, 'kubeconfig'))
  const phase = (name: string) => kubectl.ok(['get', 'pod', name, '-o', 'jsonpath={.status.phase}'])
  /** Tried until it is taken: a request that met the trouble may have been refused. */
  const runs = async (name: string) => {
    await waitUntil(
      `${name} to be taken`,
      async () => /created|already exists/.test(JSON.stringify(await kubectl.run(['run', name, '--image', 'app:1', '--request-timeout=5s']))),
      { timeoutMs: 90_000, seen: () => up.output },
    )
    await waitUntil(`${name} to run`, async () => (await phase(name)) === 'Running', { timeoutMs: 90_000, seen: () => up.output })
  }
  await runs('first')
  for (const [name, trouble, mend] of [
    ['hung', () => etcd.signal('SIGSTOP'), () => etcd.signal('SIGCONT')],
    ['killed', etcd.kill, etcd.start],
  ] as const) {
    await trouble()
    const refused = await kubectl.run(['run', `${name}-meanwhile`, '--image', 'app:1', '--request-timeout=4s'])
    assert.doesNotMatch(JSON.stringify(refused), / created/)
    assert.equal(await phase('first'), 'Running', 'what is known is served')
    await mend()
    await runs(name)
    await kubectl.ok(['delete', 'pod', name, '--grace-period=1'])
    assert.equal(up.exitCode, undefined, up.output)
  }
  assert.doesNotMatch(up.output, /nobody heard|nobody caught/)
  etcd.signal('SIGSTOP')
  await up.stop('SIGTERM')
  assert.equal(up.exitCode, 0, up.output)
})
