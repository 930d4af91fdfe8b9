/** However a command is told to stop, and whatever holds it up, it ends. */
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { stopAll } from '../../src/cli/stop-all.ts'
import { Podsteward } from '../support/podsteward.ts'
import { waitUntil } from '../support/wait-until.ts'

const fixture = resolve(import.meta.dirname, 'fixtures/stopped.ts')

function endless(t: TestContext, withinMs: number): { readonly child: ChildProcessWithoutNullStreams; readonly said: () => string } {
  const child = spawn(process.execPath, [fixture, String(withinMs)])
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  return { child, said: () => said }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`what does not stop after ${signal} is ended when its time is over, and what it waited for is said`, async (t) => {
    const { child, said } = endless(t, 200)
    const closed = once(child, 'close')
    await waitUntil('it to run', () => said().includes('runs'))
    child.kill(signal)
    assert.deepEqual(await closed, [1, null])
    assert.match(said(), new RegExp(`stopping\\n.*within 0\\.2 s of ${signal}.*still open: .*Timeout`))
  })
}

test('a second signal ends it at once, however long it would have had', async (t) => {
  const { child, said } = endless(t, 3_600_000)
  const closed = once(child, 'close')
  await waitUntil('it to run', () => said().includes('runs'))
  child.kill('SIGTERM')
  await waitUntil('it to stop', () => said().includes('stopping'))
  child.kill('SIGINT')
  assert.deepEqual(await closed, [130, null])
})

test('an agent whose start waits for an engine that does not answer ends with the first signal', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'stop-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  let asked = false
  const silent = createServer(() => {
    asked = true
  })
  const socket = join(directory, 'docker.sock')
  await new Promise<void>((begun) => silent.listen(socket, begun))
  t.after(() => silent.close())
  const kubeconfig = join(directory, 'kubeconfig')
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster: { server: 'http://127.0.0.1:1' } }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: '' } }],
      'current-context': 'a',
    }),
  )
  const args = [
    'node',
    '--kubeconfig',
    kubeconfig,
    '--root-dir',
    join(directory, 'root'),
    '--docker-endpoint',
    `unix://${socket}`,
    '--port',
    '0',
    '--healthz-port',
    '0',
  ]
  await using podsteward = new Podsteward([...args, '--cadvisor-port', '0'])
  await waitUntil('the engine to be asked', () => asked, { seen: () => podsteward.output })
  podsteward.process.kill('SIGTERM')
  await waitUntil('it to end', () => podsteward.exitCode !== undefined, { seen: () => podsteward.output })
  assert.equal(podsteward.exitCode, 0, podsteward.output)
  assert.match(podsteward.output, /the agent had not started/)
})

test('a part that fails as it stops keeps none of the others from stopping', async () => {
  const stopped: string[] = []
  const failures: unknown[] = []
  const part = (name: string, fails = false) => ({
    async [Symbol.asyncDispose]() {
      stopped.push(name)
      if (fails) throw new Error(`${name} does not stop`)
    },
  })
  await stopAll([part('lock'), part('server'), part('client', true), part('agent', true)], (error) => failures.push(error))
  assert.deepEqual(stopped, ['agent', 'client', 'server', 'lock'])
  assert.deepEqual(failures.map(String), ['Error: agent does not stop', 'Error: client does not stop'])
})
