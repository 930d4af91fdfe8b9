/** What a container's process is given: variables, command, arguments, working directory. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Node } from '../../src/kube/objects.ts'
import { LiveNode, type ShortContainer, type ShortSpec, statusOf } from '../support/live-node.ts'

let node: LiveNode
before(async () => {
  node = await LiveNode.start()
  await node.apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { COLOR: 'red', SIZE: 'big', 'not-a-name': 'x', '1st': 'y' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { COLOR: 'blue', TOKEN: 's3cret' } },
  )
})
after(() => node?.[Symbol.asyncDispose]())

/** The variables a container of this kind sees. */
async function variablesOf(name: string, container: ShortContainer, spec: ShortSpec = {}, metadata = {}): Promise<Map<string, string>> {
  await node.ended(name, { ...spec, containers: [{ command: ['env'], ...container }] }, metadata)
  const lines = (await node.logs(name)).trimEnd().split('\n')
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}
const pick = (variables: Map<string, string>, ...names: string[]) => Object.fromEntries(names.map((name) => [name, variables.get(name)]))

test('literals expand what was defined before; what is unknown stays, $$ is a dollar, a later one of the same name wins', async () => {
  const env = [
    { name: 'A', value: 'one' },
    { name: 'B', value: '$(A) and $(LATER)' },
    { name: 'LATER', value: 'two' },
    { name: 'ESCAPED', value: '$$(A)' },
    { name: 'BARE', value: '$A $ $( $(A' },
    { name: 'EMPTY' },
    { name: 'TWICE', value: '1' },
    { name: 'TWICE', value: '$(TWICE)2' },
  ]
  const seen = await variablesOf('literals', { env })
  assert.deepEqual(pick(seen, 'A', 'B', 'LATER', 'ESCAPED', 'BARE', 'EMPTY', 'TWICE'), {
    A: 'one',
    B: 'one and $(LATER)',
    LATER: 'two',
    ESCAPED: '$(A)',
    BARE: '$A $ $( $(A',
    EMPTY: '',
    TWICE: '12',
  })
})

test('references to keys; an optional one that is missing is left out', async () => {
  const env = [
    { name: 'SIZE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'SIZE' } } },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'TOKEN' } } },
    { name: 'NO_KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'none', optional: true } } },
    { name: 'NO_MAP', valueFrom: { configMapKeyRef: { name: 'none', key: 'none', optional: true } } },
    { name: 'FROM_REF', value: 'it is $(TOKEN)' },
  ]
  const seen = await variablesOf('references', { env })
  assert.deepEqual(pick(seen, 'SIZE', 'TOKEN', 'NO_KEY', 'NO_MAP', 'FROM_REF'), {
    SIZE: 'big',
    TOKEN: 's3cret',
    NO_KEY: undefined,
    NO_MAP: undefined,
    FROM_REF: 'it is s3cret',
  })
})

test('envFrom: later sources win, env wins over all, prefixes are put before, names need not be C identifiers', async () => {
  const envFrom = [
    { configMapRef: { name: 'settings' } },
    { secretRef: { name: 'keys' } },
    { prefix: 'P_', configMapRef: { name: 'settings' } },
    { secretRef: { name: 'absent', optional: true } },
  ]
  const seen = await variablesOf('from', { envFrom, env: [{ name: 'SIZE', value: 'own' }] })
  assert.deepEqual(pick(seen, 'COLOR', 'TOKEN', 'SIZE', 'P_COLOR', 'P_SIZE', 'P_1st', '1st', 'not-a-name'), {
    COLOR: 'blue',
    TOKEN: 's3cret',
    SIZE: 'own',
    P_COLOR: 'red',
    P_SIZE: 'big',
    P_1st: 'y',
    '1st': 'y',
    'not-a-name': 'x',
  })
})

test('command and arguments expand variables; args alone go to the image’s entrypoint', async () => {
  await node.ended('expands', {
    containers: [{ command: ['echo', '$(A)', '$$(A)'], args: ['$(B)', '$$HOME', 'x$(A)y'], env: [{ name: 'A', value: 'one' }] }],
  })
  assert.equal((await node.logs('expands')).trim(), 'one $(A) $(B) $HOME xoney')
  // The image has no entrypoint, only a command: args take its place.
  await node.ended('args-alone', { containers: [{ args: ['echo', 'args'] }] })
  assert.equal((await node.logs('args-alone')).trim(), 'args')
})

test('workingDir is where the process starts', async () => {
  await node.ended('elsewhere', { containers: [{ command: ['pwd'], workingDir: '/home/deep/er' }] })
  assert.equal((await node.logs('elsewhere')).trim(), '/home/deep/er')
})

test('the pod’s fields come as variables', async () => {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
  const env = [
    field('NAME', 'metadata.name'),
    field('NAMESPACE', 'metadata.namespace'),
    field('UID_', 'metadata.uid'),
    field('LABEL', "metadata.labels['app']"),
    field('NOTE', "metadata.annotations['a.b/note']"),
    field('NODE', 'spec.nodeName'),
    field('ACCOUNT', 'spec.serviceAccountName'),
    field('HOST_IP', 'status.hostIP'),
    field('POD_IP', 'status.podIP'),
    field('POD_IPS', 'status.podIPs'),
  ]
  const seen = await variablesOf('fields', { env }, {}, { labels: { app: 'web' }, annotations: { 'a.b/note': 'two words' } })
  const pod = await node.pod('fields')
  assert.deepEqual(pick(seen, ...env.map(({ name }) => name)), {
    NAME: 'fields',
    NAMESPACE: 'default',
    UID_: pod.metadata?.uid,
    LABEL: 'web',
    NOTE: 'two words',
    NODE: 'e2e-node',
    ACCOUNT: 'default',
    HOST_IP: pod.status?.hostIP,
    POD_IP: pod.status?.podIP,
    POD_IPS: pod.status?.podIP,
  })
  assert.ok(seen.get('POD_IP'))
})

test('resources come as variables, rounded up by their divisor; without a limit it is what the node can allocate', async () => {
  const resource = (name: string, of: string, divisor?: string) => ({ name, valueFrom: { resourceFieldRef: { resource: of, ...(divisor && { divisor }) } } })
  const seen = await variablesOf('sized', {
    env: [
      resource('CPU', 'limits.cpu'),
      resource('CPU_MILLI', 'limits.cpu', '1m'),
      resource('REQUEST', 'requests.cpu', '1m'),
      resource('MEMORY', 'limits.memory'),
      resource('MEMORY_MI', 'limits.memory', '1Mi'),
    ],
    resources: { requests: { cpu: '125m', memory: '16Mi' }, limits: { cpu: '1500m', memory: '67108864' } },
  })
  assert.deepEqual(pick(seen, 'CPU', 'CPU_MILLI', 'REQUEST', 'MEMORY', 'MEMORY_MI'), {
    CPU: '2',
    CPU_MILLI: '1500',
    REQUEST: '125',
    MEMORY: '67108864',
    MEMORY_MI: '64',
  })
  const unlimited = await variablesOf('unsized', { env: [resource('CPU', 'limits.cpu'), resource('MEMORY', 'limits.memory')] })
  const { allocatable } = (await node.kubectl.json<Node>(['get', 'node', 'e2e-node'])).status ?? {}
  assert.equal(unlimited.get('CPU'), allocatable?.cpu)
  assert.equal(Number(unlimited.get('MEMORY')), Number.parseInt(allocatable?.memory ?? '', 10) * 1024)
})

test('services of the namespace come as variables unless the pod wants none; kubernetes always does', async () => {
  const ports = [
    { name: 'web', port: 80 },
    { name: 'dns', port: 53, protocol: 'UDP' },
  ]
  await node.apply(
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'my-shop' }, spec: { selector: { app: 'shop' }, ports } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'headless' }, spec: { clusterIP: 'None', selector: { app: 'shop' }, ports } },
  )
  const ip = await node.kubectl.ok(['get', 'service', 'my-shop', '-o', 'jsonpath={.spec.clusterIP}'])
  let seen = new Map<string, string>()
  // The agent's own view of services follows the API by a watch.
  for (let attempt = 0; !seen.has('MY_SHOP_SERVICE_HOST') && attempt < 5; attempt++) seen = await variablesOf(`serviced-${attempt}`, {})
  assert.deepEqual(
    pick(
      seen,
      'MY_SHOP_SERVICE_HOST',
      'MY_SHOP_SERVICE_PORT',
      'MY_SHOP_SERVICE_PORT_DNS',
      'MY_SHOP_PORT',
      'MY_SHOP_PORT_53_UDP_PROTO',
      'HEADLESS_SERVICE_HOST',
    ),
    {
      MY_SHOP_SERVICE_HOST: ip,
      MY_SHOP_SERVICE_PORT: '80',
      MY_SHOP_SERVICE_PORT_DNS: '53',
      MY_SHOP_PORT: `tcp://${ip}:80`,
      MY_SHOP_PORT_53_UDP_PROTO: 'udp',
      HEADLESS_SERVICE_HOST: undefined,
    },
  )
  assert.ok(seen.get('KUBERNETES_SERVICE_HOST'))
  const without = await variablesOf('unlinked', {}, { enableServiceLinks: false })
  assert.equal(without.has('MY_SHOP_SERVICE_HOST'), false)
  assert.ok(without.get('KUBERNETES_SERVICE_HOST'))
})

for (const [kind, ref, made, says] of [
  [
    'configMap',
    { configMapKeyRef: { name: 'late-map', key: 'K' } },
    { kind: 'ConfigMap', metadata: { name: 'late-map' }, data: { K: 'came' } },
    'configmap "late-map" not found',
  ],
  [
    'secret key',
    { secretKeyRef: { name: 'keys', key: 'LATE' } },
    { kind: 'Secret', metadata: { name: 'keys' }, stringData: { COLOR: 'blue', TOKEN: 's3cret', LATE: 'came' } },
    "couldn't find key LATE in Secret default/keys",
  ],
] as const) {
  test(`a missing ${kind} keeps the container back with CreateContainerConfigError, and its coming mends it`, async () => {
    const name = `late-${kind.split(' ')[0]?.toLowerCase()}`
    await node.run(name, { restartPolicy: 'Never', containers: [{ command: ['sh', '-c', 'echo $K'], env: [{ name: 'K', valueFrom: ref }] }] })
    const waiting = await node.until(name, 'to wait', (pod) => statusOf(pod)?.state?.waiting?.reason === 'CreateContainerConfigError')
    assert.equal(statusOf(waiting)?.state?.waiting?.message, says)
    assert.equal(waiting.status?.phase, 'Pending')
    await node.untilEvent(name, new RegExp(`^Failed: Error: ${says}`))
    await node.apply({ apiVersion: 'v1', ...made })
    await node.until(name, 'to succeed', (pod) => pod.status?.phase === 'Succeeded')
    assert.equal((await node.logs(name)).trim(), 'came')
  })
}
