import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeAddresses } from '../../actors/node/messages.ts'
import { QosCgroups, qosLimits } from '../../actors/node/qos-cgroups.ts'
import type { LinuxResources } from '../../src/engine/settings.ts'
import type { Node, Pod } from '../../src/kube/objects.ts'
import { aPod } from '../support/builders.ts'
import { nodeStage } from '../support/node-stage.ts'

const config = { cgroupRoot: '/', enforceNodeAllocatable: true, kubeReserved: { cpu: '500m', memory: '1Gi' }, systemReserved: { memory: '1Gi' } }
const node: Node = { status: { capacity: { cpu: '4', memory: '8Gi' } } }
const asking = (cpu: string) =>
  aPod()
    .withContainer({ name: 'c', resources: { requests: { cpu } } })
    .build()

test('kubepods gets what is not reserved, burstable what its pods ask for, besteffort the least', () => {
  const guaranteed = aPod()
    .withContainer({ name: 'c', resources: { limits: { cpu: '1', memory: '1Gi' } } })
    .build()
  const ended = aPod()
    .withContainer({ name: 'c', resources: { requests: { cpu: '3' } } })
    .withStatus({ phase: 'Succeeded' })
    .build()
  const limits = qosLimits(config, node, [asking('500m'), asking('250m'), guaranteed, ended, aPod().withContainer({ name: 'c' }).build()])
  assert.deepEqual(
    [...limits],
    [
      ['/kubepods', { cpuShares: 3584, memoryLimitBytes: 6 * 1024 ** 3 }],
      ['/kubepods/burstable', { cpuShares: 768 }],
      ['/kubepods/besteffort', { cpuShares: 2 }],
    ],
  )
})

test('a root of its own, and nothing of the node enforced, where the settings say so', () => {
  const limits = qosLimits({ ...config, cgroupRoot: '/here/', enforceNodeAllocatable: false }, node, [])
  assert.deepEqual([...limits.keys()], ['/here/kubepods/burstable', '/here/kubepods/besteffort'])
  assert.equal(qosLimits(config, undefined, []).size, 0)
})

test('pods that come are counted a second later, all at once; what is the same is not written again', async (t) => {
  const stage = await nodeStage(t, [])
  const pods: Pod[] = []
  const written: [string, LinuxResources][] = []
  const apply = async (path: string, limits: LinuxResources) => void written.push([path, limits])
  stage.system.spawnLocal(nodeAddresses.qosCgroups, (context) => new QosCgroups(context, { config, pods: () => pods, node: () => node, apply }))
  await stage.after(0)
  assert.deepEqual(
    written.splice(0).map(([path]) => path),
    ['/kubepods', '/kubepods/burstable', '/kubepods/besteffort'],
  )
  for (const cpu of ['1', '2']) {
    pods.push(asking(cpu))
    stage.system.send(nodeAddresses.qosCgroups, { type: 'PodsChanged' })
  }
  await stage.after(999)
  assert.deepEqual(written, [])
  await stage.after(1)
  assert.deepEqual(written.splice(0), [['/kubepods/burstable', { cpuShares: 3072 }]])
  await stage.after(120_000)
  assert.deepEqual(written, [])
})

test('where it may not write it says so once and tries again', async (t) => {
  const stage = await nodeStage(t, [])
  let tries = 0
  const apply = async () => {
    tries += 1
    throw new Error('EROFS: read-only file system')
  }
  stage.system.spawnLocal(nodeAddresses.qosCgroups, (context) => new QosCgroups(context, { config, pods: () => [], node: () => node, apply }))
  await stage.after(0)
  await stage.after(60_000)
  assert.equal(tries, 6)
})
