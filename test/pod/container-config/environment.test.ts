import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerEnvironment } from '../../../actors/pod/container-config/environment.ts'
import type { ConfigMap, Container, Secret } from '../../../src/kube/objects.ts'
import { aPod } from '../../support/builders.ts'

const objects = new Map<string, Secret | ConfigMap>([
  ['ConfigMap/colours', { data: { A: 'red', 'b.c': 'dotted', 'a=b': 'none', é: 'none' } }],
  ['Secret/keys', { data: { A: Buffer.from('blue').toString('base64') } }],
])
function made(own: Partial<Container>) {
  const container: Container = { name: 'c', image: 'busybox', ...own }
  const pod = aPod().withContainer(container).build()
  return containerEnvironment({ pod, container, services: [], objects, node: undefined, podIps: [], hostIps: [] })
}

test('keys that are no names are left out and told; dots and digits are names since 1.32', () => {
  const { variables, skipped } = made({ envFrom: [{ configMapRef: { name: 'colours' } }] })
  assert.deepEqual(Object.fromEntries(variables), { A: 'red', 'b.c': 'dotted' })
  assert.deepEqual([...skipped].sort(), ['a=b', 'é'])
})

test('a later source wins, env over both, and a prefix keeps them apart', () => {
  const envFrom = [{ configMapRef: { name: 'colours' } }, { secretRef: { name: 'keys' } }, { prefix: 'P_', configMapRef: { name: 'colours' } }]
  const { variables } = made({ envFrom, env: [{ name: 'P_A', value: '$(A)!' }] })
  assert.equal(variables.get('A'), 'blue')
  assert.equal(variables.get('P_A'), 'blue!')
})

for (const [what, own, says] of [
  ['configMap', { envFrom: [{ configMapRef: { name: 'absent' } }] }, 'configmap "absent" not found'],
  ['secret', { envFrom: [{ secretRef: { name: 'absent' } }] }, 'secret "absent" not found'],
  ['key', { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'keys', key: 'none' } } }] }, "couldn't find key none in Secret default/keys"],
] as [string, Partial<Container>, string][]) {
  test(`a missing ${what} is CreateContainerConfigError`, () => {
    assert.throws(() => made(own), { reason: 'CreateContainerConfigError', message: says })
  })
}

test('what is optional may be missing', () => {
  const { variables } = made({
    envFrom: [{ configMapRef: { name: 'absent', optional: true } }],
    env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'keys', key: 'none', optional: true } } }],
  })
  assert.deepEqual([...variables], [])
})
