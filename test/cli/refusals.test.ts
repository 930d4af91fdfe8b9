import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Podsteward } from '../support/podsteward.ts'
import { waitUntil } from '../support/wait-until.ts'

async function run(args: readonly string[]): Promise<{ code: number | null | undefined; output: string }> {
  await using podsteward = new Podsteward(args)
  await waitUntil('the command to end', () => podsteward.exitCode !== undefined, { timeoutMs: 20_000, seen: () => podsteward.output })
  return { code: podsteward.exitCode, output: podsteward.output }
}

const refused: [string[], RegExp][] = [
  [['node', '--kubeconfg', 'x'], /unknown option '--kubeconfg'.*--kubeconfig/],
  [['node'], /--kubeconfig is missing/],
  [['node', '--kubeconfig', '/does/not/exist'], /--kubeconfig: \/does\/not\/exist does not exist/],
  [['node', '--api-servers', 'http://127.0.0.1:1', '--max-pods', 'many'], /--max-pods: "many".*whole number/],
  [['node', '--api-servers', 'http://127.0.0.1:1', '--config', '/nope.yaml'], /--config \/nope.yaml/],
  [['node', '--api-servers', 'http://127.0.0.1:1', '--feature_gates', 'NoSuchGate=true'], /--feature-gates: unrecognized feature gate: NoSuchGate/],
  [['up', '--secure-port', '70000'], /--secure-port: "70000".*0 to 65535/],
  [['up', '--cadvisor-port', '70000'], /--cadvisor-port: "70000".*0 to 65535/],
  [['up', '--cadvisor-address', 'here'], /--cadvisor-address: "here"/],
  [['down'], /unknown command 'down'/],
]
for (const [args, message] of refused) {
  test(`podsteward ${args.join(' ')}: one line that names it and the fix, exit code 2`, async () => {
    const { code, output } = await run(args)
    assert.equal(code, 2, output)
    assert.match(output, message)
    assert.equal(output.trim().split('\n').length, 1, output)
  })
}

test('a field of the configuration that exists nowhere is named with its path', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'refusal-'))
  t.after(() => rm(root, { recursive: true }))
  const path = join(root, 'kubelet.yaml')
  await writeFile(path, 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nauthentication: {anonymous: {enable: true}}\n')
  const { code, output } = await run(['node', '--api-servers', 'http://127.0.0.1:1', '--config', path])
  assert.equal(code, 2, output)
  assert.equal(output.trim(), `podsteward: --config ${path}: authentication.anonymous.enable: there is no such field; see docs/flags.md for those that are`)
})

test('an engine that does not answer is named, with the fix', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'refusal-'))
  t.after(() => rm(root, { recursive: true }))
  const { code, output } = await run(['node', '--api-servers', 'http://127.0.0.1:1', '--root-dir', root, '--docker-endpoint', `unix://${root}/no.sock`])
  assert.equal(code, 2, output)
  assert.match(output, /no\.sock/)
  assert.doesNotMatch(output, /\n\s+at /)
})

test('a kubeconfig that is not one is named', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'refusal-'))
  t.after(() => rm(root, { recursive: true }))
  const path = join(root, 'kubeconfig')
  await writeFile(path, 'this: [is not')
  const { code, output } = await run(['node', '--kubeconfig', path, '--root-dir', root, '--engine', 'simulated'])
  assert.equal(code, 2, output)
  assert.ok(output.includes(path), output)
})

test('--help groups the flags and explains them', async () => {
  const { code, output } = await run(['node', '--help'])
  assert.equal(code, 0)
  for (const line of ['Control plane:', '--register-with-taints', 'Podsteward’s own:', '--actor-threads', 'default: 10s'])
    assert.ok(output.includes(line), line)
})
