/** The system's kubectl against a cluster of the harness: what a node's drain, a disruption budget and an autoscaler are to who works with them. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Cluster, startCluster } from '../../src/harness/harness.ts'
import { Kubectl } from '../support/kubectl.ts'

describe('kubectl drain and autoscale', () => {
  let cluster: Cluster
  let directory: string
  let kubectl: Kubectl
  const ok = (line: string) => kubectl.ok(line.split(' '))

  before(async () => {
    cluster = await startCluster({ nodes: ['left', 'right'], behaviour: { cpu: '80m', memory: '64Mi' } })
    directory = await mkdtemp(join(tmpdir(), 'podsteward-drain-'))
    await writeFile(join(directory, 'kubeconfig'), cluster.kubeconfig())
    kubectl = new Kubectl(join(directory, 'kubeconfig'))
    await ok('create deployment web --image=web:1 --replicas=4')
    await ok('set resources deployment web --requests=cpu=100m')
    await ok('rollout status deployment web --timeout=30s')
    await ok('create pdb web --selector=app=web --min-available=75%')
    await ok('wait pdb/web --for=condition=DisruptionAllowed --timeout=10s')
  })
  after(async () => {
    await cluster[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  it('a budget is shown with what it allows', async () => {
    assert.match(await ok('get pdb web'), /^web +75% +N\/A +1 +\d+s$/m)
    assert.match(await ok('describe pdb web'), /Allowed disruptions: +1\n +Current: +4\n +Desired: +3\n +Total: +4\n/)
  })

  it('a drain evicts as the budget allows, tries again what it holds, and a dry run evicts nothing', async () => {
    const hosts = async () => (await ok('get pods -o jsonpath={.items[*].spec.nodeName}')).split(' ')
    // One has two of four at least, more than may go at once.
    const node = (await hosts()).filter((host) => host === 'left').length >= 2 ? 'left' : 'right'
    assert.match(await ok(`drain ${node} --dry-run=server`), new RegExp(`node/${node} drained \\(server dry run\\)`))
    assert.equal((await ok('get pods --no-headers')).trim().split('\n').length, 4)
    const { code, stdout, stderr } = await kubectl.run(['drain', node, '--timeout=40s'])
    assert.equal(code, 0, stdout + stderr)
    assert.match(stderr, /\(will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget\./)
    assert.match(stdout, new RegExp(`^node/${node} drained$`, 'm'))
    assert.ok(!(await hosts()).includes(node))
    await ok(`uncordon ${node}`)
  })

  it('a pod of two budgets is not drained, and said so', async () => {
    await ok('create pdb second --selector=app=web --max-unavailable=1')
    const [node = ''] = (await ok('get pods -o jsonpath={.items[*].spec.nodeName}')).split(' ')
    const { code, stderr } = await kubectl.run(['drain', node, '--timeout=10s'])
    assert.equal(code, 1)
    assert.match(stderr, /This pod has more than one PodDisruptionBudget, which the eviction subresource does not support\./)
    await ok('delete pdb second')
    await ok(`uncordon ${node}`)
  })

  it('an autoscaler scales by what the nodes measure', async () => {
    await ok('autoscale deployment web --min=2 --max=5 --cpu-percent=40')
    assert.match(await ok('get hpa web'), /^web +Deployment\/web +cpu: <unknown>\/40% +2 +5 +0 +\d+s$/m)
    await cluster.waitFor('hpa/web', ({ status }) => (status as { desiredReplicas?: number } | undefined)?.desiredReplicas === 5, { timeoutMs: 60_000 })
    assert.match(await ok('get hpa web'), /^web +Deployment\/web +cpu: 80%\/40% +2 +5 +\d +\d+s$/m)
    const said = await ok('describe hpa web')
    assert.match(said, /ScalingLimited +True +TooManyReplicas +the desired replica count is more than the maximum replica count/)
    assert.match(said, /SuccessfulRescale .*New size: 5; reason: cpu resource utilization \(percentage of request\) above target/)
  })
})
