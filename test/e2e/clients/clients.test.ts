import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { run } from '../../../src/base/spawn.ts'
import { type Cluster, startCluster } from '../../../src/harness/harness.ts'
import { waitUntil } from '../../support/wait-until.ts'

const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

describe('clients that others wrote', { timeout: 170_000 }, () => {
  let directory: string
  let kubeconfig: string
  let cluster: Cluster
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'podsteward-clients-'))
    cluster = await startCluster()
    kubeconfig = join(directory, 'kubeconfig')
    await writeFile(kubeconfig, cluster.kubeconfig())
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  it('the Python client, generated and dynamic', async () => {
    const { stdout } = await run('/usr/bin/python3', [join(import.meta.dirname, 'python-client.py'), kubeconfig], { timeoutMs: 60_000 })
    assert.deepEqual(JSON.parse(stdout), {
      nodes: ['node-0'],
      watched: [['ADDED', 'py']],
      patched: { a: '1', b: '2' },
      deleted: 'Success',
      scaled: 3,
      backoffLimit: 6,
      custom: { size: 1 },
      dynamic: ['x'],
      refused: [422, 'metadata.name'],
    })
  })

  describe('from npm', () => {
    let project: string
    let pepr: ChildProcess | undefined
    before(async () => {
      const own = join(import.meta.dirname, 'pepr-module')
      // CI has installed them; where nobody has, it is done now.
      if (!existsSync(join(own, 'node_modules')))
        await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', own], {
          env: process.env as Record<string, string>,
          timeoutMs: 120_000,
        })
      project = join(directory, 'module')
      await cp(own, project, { recursive: true, filter: (source) => !source.endsWith('/node_modules') })
      await symlink(join(own, 'node_modules'), join(project, 'node_modules'))
    })
    after(async () => {
      if (!pepr?.pid || pepr.exitCode !== null) return
      process.kill(-pepr.pid, 'SIGKILL')
      await once(pepr, 'exit')
    })

    it('kubernetes-fluent-client applies, watches and deletes', async () => {
      const { stdout } = await run(process.execPath, [join(project, 'fluent.mjs')], { env: { PATH: path, KUBECONFIG: kubeconfig }, timeoutMs: 60_000 })
      assert.deepEqual(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), { first: 'ADDED p', missing: 404, strategy: 'RollingUpdate' })
    })

    it('a Pepr module is deployed, changes a pod and refuses another', async () => {
      // Its module, its webhooks, its kinds and its rights are deployed by its own command; the module itself runs beside.
      const args = [join(project, 'node_modules/pepr/dist/cli.js'), 'dev', '--host', 'localhost', '--yes']
      pepr = spawn(process.execPath, args, {
        cwd: project,
        env: { PATH: path, HOME: directory, KUBECONFIG: kubeconfig },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      for (const output of [pepr.stdout, pepr.stderr]) output?.on('data', (data: Buffer) => (said = (said + data).slice(-4000)))
      const pod = (name: string, labels: Record<string, string>) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', labels },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      })
      const refusal = await waitUntil(
        'the module to answer',
        async () => {
          const [configuration] = await cluster.list('validatingwebhookconfigurations')
          if (!configuration) return undefined
          return cluster.apply(pod('no', { no: 'yes' })).then(
            () => assert.fail('the pod was taken'),
            (error: Error) => (/denied the request/.test(error.message) ? error.message : undefined),
          )
        },
        { timeoutMs: 120_000, seen: () => said },
      )
      assert.match(refusal, /^admission webhook "pepr-hello.pepr.dev" denied the request: .*it says no/)
      const [changed] = await cluster.apply(pod('yes', {}))
      assert.equal(changed?.metadata?.labels?.pepr, 'was-here')
    })
  })
})
