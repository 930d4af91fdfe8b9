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

test('a key that objects inherit is no key of a map that lacks it, and one of a map that has it', () => {
  for (const key of Object.getOwnPropertyNames(Object.prototype)) {
    const reference = { name: 'X', valueFrom: { configMapKeyRef: { name: 'colours', key } } }
    assert.throws(() => made({ env: [reference] }), { message: `couldn't find key ${key} in ConfigMap default/colours` })
    const data = JSON.parse(`{"${key}":"there"}`) as Record<string, string>
    const pod = aPod().build()
    const input = { pod, services: [], objects: new Map([['ConfigMap/colours', { data }]]), node: undefined, podIps: [], hostIps: [] }
    const container = { name: 'c', image: 'i', env: [reference, { name: key, value: `$(X)!` }], envFrom: [{ prefix: 'P_', configMapRef: { name: 'colours' } }] }
    const { variables } = containerEnvironment({ ...input, container })
    assert.equal(variables.get('X'), 'there')
    assert.equal(variables.get(key), 'there!')
    assert.equal(variables.get(`P_${key}`), 'there')
  }
})

test('one variable for each of ten thousand keys of a secret reads each key once', () => {
  const data = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, Buffer.from(`v${index}`).toString('base64')]))
  const env = Object.keys(data).map((key) => ({ name: key, valueFrom: { secretKeyRef: { name: 's', key } } }))
  const began = process.threadCpuUsage()
  const container = { name: 'c', image: 'i', env }
  const pod = aPod().build()
  const { variables } = containerEnvironment({
    pod,
    container,
    services: [],
    objects: new Map([['Secret/s', { data }]]),
    node: undefined,
    podIps: [],
    hostIps: [],
  })
  const { user, system } = process.threadCpuUsage(began)
  assert.equal(variables.get('k9999'), 'v9999')
  // It decoded the whole secret for each: a minute.
  assert.ok(user + system < 3_000_000)
})

test('variables that double each other are CreateContainerConfigError, with the variable’s name', () => {
  const env = [
    { name: 'V0', value: 'x'.repeat(1000) },
    ...Array.from({ length: 60 }, (_, index) => ({ name: `V${index + 1}`, value: `$(V${index})$(V${index})` })),
  ]
  assert.throws(() => made({ env }), { reason: 'CreateContainerConfigError', message: /^env V\d+: \$\(…\) expands to more than 4194304 characters/ })
})
