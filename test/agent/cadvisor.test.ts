import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createActorSystem } from '../../actors/kernel/actor-system.ts'
import { NodeView } from '../../actors/node/node-view.ts'
import { PodTable } from '../../actors/node/pod-table.ts'
import { ResourceTable } from '../../actors/node/resources.ts'
import { type CadvisorParts, startCadvisorPage } from '../../src/agent/cadvisor.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { resolveAgentConfig } from '../../src/config/resolve.ts'
import { podUid } from '../../src/kube/ids.ts'
import { runningPod, snapshot } from '../cadvisor/fixture.ts'

/** A port, and who holds it until it is disposed of. */
async function takenPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) }
}

async function parts(config: Partial<CadvisorParts['config']>) {
  const system = await createActorSystem({ threads: 0, clock: systemClock, log: silentLogger })
  const warnings: string[] = []
  const made: CadvisorParts = {
    config: { ...resolveAgentConfig({ hostnameOverride: 'n1' }), ...config },
    version: 'v1',
    controllers: () => [],
    engine: { name: 'docker', version: '1', cgroupDriver: 'cgroupfs', cgroupVersion: 2, imageFsPath: '' },
    system,
    pods: new PodTable(),
    nodeView: new NodeView(['10.0.0.1']),
    machine: snapshot(0, []).machine,
    resources: new ResourceTable(),
    snapshot: () => snapshot(0, []),
    healthy: () => true,
    clock: systemClock,
    log: { ...silentLogger, warn: (message, fields) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
  }
  return { made, warnings, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() }
}

test('the default port being taken costs a warning, not the agent', async () => {
  await using taken = await takenPort()
  await using set = await parts({ cadvisorPort: taken.port, cadvisorPortGiven: false })
  assert.equal(await startCadvisorPage(set.made), undefined)
  assert.match(set.warnings.join(), /there is no cAdvisor page.*is in use; give another/)
})

test('a port that was asked for by name and is taken is an error', async () => {
  await using taken = await takenPort()
  await using set = await parts({ cadvisorPort: taken.port, cadvisorPortGiven: true })
  await assert.rejects(startCadvisorPage(set.made), { name: 'ConfigError', message: /^--cadvisor-port: .* is in use/ })
})

test('port 0 is no page, and an address that others reach is warned of', async () => {
  await using off = await parts({ cadvisorPort: 0 })
  assert.equal(await startCadvisorPage(off.made), undefined)
  await using free = await takenPort()
  await free[Symbol.asyncDispose]()
  await using open = await parts({ cadvisorPort: free.port, cadvisorAddress: '0.0.0.0' })
  await using page = await startCadvisorPage(open.made)
  assert.equal(page?.url, `http://0.0.0.0:${free.port}/`)
  assert.match(open.warnings.join(), /asks for no credentials/)
})

test("what a pod's actor reports is shown before the API server has it, and no longer than the pod", async () => {
  await using free = await takenPort()
  await free[Symbol.asyncDispose]()
  await using set = await parts({ cadvisorPort: free.port })
  const { pods } = set.made
  await using page = await startCadvisorPage(set.made)
  const uid = podUid('u1')
  const pod = runningPod('web', 'u1')
  pods.set(uid, { ...pod, status: { phase: 'Pending' } })
  const shown = async () => {
    const abort = new AbortController()
    const response = await fetch(`${page?.url}live/events`, { signal: abort.signal })
    let text = ''
    for await (const piece of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      text += piece
      if (text.includes('\n\n')) break
    }
    abort.abort()
    const [first = ''] = text.split('\n\n')
    const open = JSON.parse(first.replace(/^event: open\ndata: /, '')) as { pods: { status: string }[] }
    return open.pods.map(({ status }) => status)
  }
  assert.deepEqual(await shown(), ['Pending'])
  page?.reported({ type: 'PodStatusReport', uid, namespace: 'default', name: 'web', origin: 'api', status: pod.status ?? {}, cleanedUp: false })
  assert.deepEqual(await shown(), ['Running'])
  pods.delete(uid)
  assert.deepEqual(await shown(), [])
})
