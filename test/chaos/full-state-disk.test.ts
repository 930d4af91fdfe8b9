/** The disk of everything that `podsteward up` keeps is full for a while: it goes on, says so, and nothing that it had taken is lost. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kubectl } from '../support/kubectl.ts'
import { Podsteward } from '../support/podsteward.ts'
import { smallDisk } from '../support/small-disk.ts'
import { waitUntil } from '../support/wait-until.ts'

const flags = ['--engine', 'simulated', '--secure-port', '0', '--port', '0', '--cadvisor-port', '0', '--no-example', '--hostname-override', 'full']

test('with a full disk of state pods come and go, the disk is told of, and all that was taken is there after a kill', { timeout: 300_000 }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'full-state-'))
  const disk = await smallDisk(directory, 48)
  t.after(async () => {
    await disk[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })
  const state = join(disk.path, 'state')
  const run = () => new Podsteward(['up', '--state-dir', state, ...flags])
  const kubectl = new Kubectl(join(state, 'kubeconfig'))
  const pod = (name: string) => kubectl.ok(['run', name, '--image', 'app:1', '--restart', 'Never'])
  const isRunning = (name: string) => async () => (await kubectl.ok(['get', 'pod', name, '-o', 'jsonpath={.status.phase}'])) === 'Running'
  const troubles = (output: string) => output.split('\n').filter((line) => /ENOSPC|no space/i.test(line))
  {
    await using first = run()
    await first.says(/full.*ready/, 60_000)
    await pod('before')
    await waitUntil('the pod', isRunning('before'))
    await disk.fill()
    await kubectl.ok(['create', 'configmap', 'during', `--from-literal=a=${'x'.repeat(100_000)}`])
    await pod('during')
    await waitUntil('it to be told', () => troubles(first.output).some((line) => line.includes('objects.jsonl')), { seen: () => first.output })
    await kubectl.ok(['create', 'configmap', 'gone', '--from-literal=a=b'])
    await kubectl.ok(['delete', 'configmap', 'gone'])
    await kubectl.ok(['delete', 'pod', 'before', '--grace-period=1'])
    const journal = troubles(first.output).filter((line) => line.includes('objects.jsonl'))
    assert.equal(journal.length, 1, first.output)
    assert.equal(await kubectl.ok(['get', 'node', 'full', '-o', 'jsonpath={.metadata.name}']), 'full')
    await rm(join(disk.path, 'filler'))
    await first.says(/written down again/, 60_000)
    await waitUntil('the pod that came meanwhile', isRunning('during'), { timeoutMs: 120_000, seen: () => first.output })
    await kubectl.ok(['create', 'configmap', 'after', '--from-literal=a=b'])
    // Written behind: what was taken a moment ago may be on its way.
    await waitUntil('it to be in the journal', async () => (await readFile(join(state, 'objects.jsonl'), 'utf8')).includes('/configmaps/default/after'))
    assert.equal(first.exitCode, undefined, first.output)
    first.process.kill('SIGKILL')
    await waitUntil('its end', () => first.exitCode !== undefined)
  }
  await using second = run()
  await second.says(/full.*ready/, 60_000)
  const names = async (kind: string) => (await kubectl.ok(['get', kind, '-o', 'jsonpath={.items[*].metadata.name}'])).split(' ').sort()
  assert.deepEqual(await names('configmaps'), ['after', 'during', 'kube-root-ca.crt'])
  assert.deepEqual(await names('pods'), ['during'])
  assert.doesNotMatch(second.output, /damaged/)
})
