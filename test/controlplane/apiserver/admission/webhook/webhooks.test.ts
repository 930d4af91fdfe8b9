import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { connectOptions } from '../../../../../src/controlplane/apiserver/http/connect-options.ts'
import type { ResourcePath } from '../../../../../src/controlplane/apiserver/http/path.ts'
import type { Admission } from '../../../../../src/controlplane/apiserver/resource.ts'
import { makeAuthority } from '../../../../../src/controlplane/pki/authority.ts'
import type { KubeObject } from '../../../../../src/kube/objects.ts'
import { configMaps, pods } from '../../../harness.ts'
import { admissionLab, patchOf, refusal, WebhookServer } from '../lab.ts'

const builtIn: string[] = []
const noteLabels: Admission = ({ object, definition }) => {
  if (definition.resource === 'configmaps') builtIn.push(Object.keys(object.metadata?.labels ?? {}).join())
}

let server: WebhookServer
let lab: Awaited<ReturnType<typeof admissionLab>>

before(async () => {
  server = await WebhookServer.start()
  lab = await admissionLab({ admissions: [noteLabels], authorize: async ({ name }, { verb }) => ({ allowed: verb === 'frobnicate' && name === 'jane' }) })
})
after(async () => {
  lab[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})
afterEach(async () => {
  for (const kind of ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']) await lab.remove(kind, 'hooks').catch(() => {})
  server.asked.length = 0
  server.respond = () => ({ allowed: true })
  builtIn.length = 0
})

const validating = (...webhooks: object[]) => lab.configure('ValidatingWebhookConfiguration', 'hooks', { webhooks })
const mutating = (...webhooks: object[]) => lab.configure('MutatingWebhookConfiguration', 'hooks', { webhooks })
const aConfigMap = (name: string, labels?: Record<string, string>): KubeObject =>
  ({ metadata: { name, ...(labels && { labels }) }, data: { a: 'b' } }) as KubeObject
const create = (object: KubeObject, options: object = {}) => lab.backend.create(configMaps, object, options)
const refused = (object: KubeObject, options: object = {}) => refusal(create(object, options))

test('a validating webhook sees the request, and its refusal is told in its words and code', async () => {
  await validating(server.hook('deny.example.com'))
  server.respond = () => ({ allowed: false, status: { code: 422, reason: 'Invalid', message: 'no such thing here' }, warnings: ['mind the gap'] })
  const warnings: string[] = []
  const error = await refused(aConfigMap('a', { x: 'y' }), { user: { name: 'jane', groups: ['devs'] }, warn: (text: string) => warnings.push(text) })
  assert.equal(error.message, 'admission webhook "deny.example.com" denied the request: no such thing here')
  assert.deepEqual([error.code, error.reason], [422, 'Invalid'])
  assert.deepEqual(warnings, ['mind the gap'])
  const [{ path, review } = assert.fail('nobody asked')] = server.asked
  assert.equal(path, '/deny.example.com?timeout=10s')
  const { request } = review
  assert.equal(review.apiVersion, 'admission.k8s.io/v1')
  assert.deepEqual(request.kind, { group: '', version: 'v1', kind: 'ConfigMap' })
  assert.deepEqual(request.resource, { group: '', version: 'v1', resource: 'configmaps' })
  assert.deepEqual(request.userInfo, { username: 'jane', groups: ['devs'] })
  assert.deepEqual([request.operation, request.name, request.namespace, request.dryRun], ['CREATE', 'a', 'default', false])
  assert.equal((request.options as { kind: string }).kind, 'CreateOptions')
  assert.deepEqual(request.object?.metadata?.labels, { x: 'y' })
  assert.equal(request.oldObject, null)
})

test('a refusal without a message, or with a code that is none, is a 400', async () => {
  await validating(server.hook('deny.example.com'))
  server.respond = () => ({ allowed: false })
  const plain = await refused(aConfigMap('a'))
  assert.deepEqual([plain.message, plain.code], ['admission webhook "deny.example.com" denied the request without explanation', 400])
  server.respond = () => ({ allowed: false, status: { code: 200, status: 'Success', reason: 'JustBecause' } })
  const reasoned = await refused(aConfigMap('a'))
  assert.deepEqual([reasoned.message, reasoned.code], ['admission webhook "deny.example.com" denied the request: JustBecause', 400])
})

test('updates and deletions show what was there; a webhook is not asked about what its rules do not name', async () => {
  await create(aConfigMap('kept'))
  await validating(server.hook('all.example.com', { rules: [{ operations: ['UPDATE', 'DELETE'], apiGroups: [''], apiVersions: ['*'], resources: ['*/*'] }] }))
  await create(aConfigMap('other'))
  await lab.backend.patch({ ...configMaps, name: 'kept' }, 'application/merge-patch+json', { data: { a: 'c' } })
  await lab.backend.delete({ ...configMaps, name: 'kept' })
  const seen = server.asked.map(({ review: { request } }) => [
    request.operation,
    request.object && (request.object as { data?: object }).data,
    (request.oldObject as { data?: object }).data,
  ])
  assert.deepEqual(seen, [
    ['UPDATE', { a: 'c' }, { a: 'b' }],
    ['DELETE', null, { a: 'c' }],
  ])
})

test('a webhook that is away follows its failure policy, in the words of a kube-apiserver', async () => {
  const away = (name: string, over: object) => server.hook(name, { clientConfig: { url: 'https://127.0.0.1:1/x' }, ...over })
  await validating(away('away.example.com', { failurePolicy: 'Ignore' }))
  await create(aConfigMap('ignored'))
  await validating(away('away.example.com', { failurePolicy: 'Fail', timeoutSeconds: 5 }))
  const error = await refused(aConfigMap('away'))
  const why =
    'failed calling webhook "away.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=5s": dial tcp 127.0.0.1:1: connect: connection refused'
  assert.equal(error.message, `Internal error occurred: ${why}`)
  assert.deepEqual([error.code, error.reason], [500, 'InternalError'])
})

const callFailures: readonly (readonly [what: string, over: () => object, respond: () => ReturnType<WebhookServer['respond']>, why: RegExp])[] = [
  ['hangs', () => ({ timeoutSeconds: 1 }), () => 'hang', /failed to call webhook: Post "[^"]*": context deadline exceeded$/],
  [
    'answers 500',
    () => ({}),
    () => ({ status: 500, text: 'boom' }),
    /failed to call webhook: an error on the server \("boom"\) has prevented the request from succeeding$/,
  ],
  ['answers 404', () => ({}), () => ({ status: 404, text: '' }), /failed to call webhook: the server could not find the requested resource$/],
  [
    'answers another kind',
    () => ({}),
    () => ({ kind: 'Pod', apiVersion: 'v1' }),
    /received invalid webhook response: expected webhook response of admission.k8s.io\/v1, Kind=AdmissionReview, got v1, Kind=Pod$/,
  ],
  ['answers another uid', () => ({}), () => ({ allowed: true, uid: 'x' }), /received invalid webhook response: expected response.uid="[-0-9a-f]+", got "x"$/],
  [
    'answers a patch although it validates',
    () => ({}),
    () => patchOf({ op: 'add', path: '/data/x', value: 'y' }),
    /webhook response.patch must not be set for a validating webhook$/,
  ],
  [
    'has another name in its certificate',
    () => ({ clientConfig: { url: `https://localhost:${server.port}/`, caBundle: server.caBundle } }),
    () => ({}),
    /tls: failed to verify certificate: x509: certificate is valid for hook.default.svc, not localhost$/,
  ],
  [
    'has no service',
    () => ({ clientConfig: { service: { namespace: 'default', name: 'nosuch', path: '/v' } } }),
    () => ({}),
    /failed to call webhook: Post "https:\/\/nosuch.default.svc:443\/v\?timeout=10s": service "nosuch" not found$/,
  ],
]

for (const [what, over, respond, why] of callFailures)
  test(`a webhook that ${what} has failed`, async () => {
    await validating(server.hook('bad.example.com', over()))
    server.respond = respond
    const error = await refused(aConfigMap('bad'))
    assert.match(error.message, why)
    assert.match(error.message, /^Internal error occurred: failed calling webhook "bad.example.com": /)
    assert.equal(error.code, 500)
  })

test('a certificate of an authority that is not in the bundle is refused', async () => {
  const { certPem } = await makeAuthority('another', Date.now())
  await validating(
    server.hook('ca.example.com', { clientConfig: { url: `https://127.0.0.1:${server.port}/`, caBundle: Buffer.from(certPem).toString('base64') } }),
  )
  const error = await refused(aConfigMap('ca'))
  assert.match(error.message, /tls: failed to verify certificate: x509: certificate signed by unknown authority$/)
})

test('a webhook behind a service is reached at a ready pod of it, under the name of the service', async () => {
  const spec = { selector: { app: 'hook' }, ports: [{ port: 8443, targetPort: 'https' }] }
  await lab.backend.create({ resource: 'services', namespace: 'default' }, { metadata: { name: 'hook' }, spec } as KubeObject)
  const service = { namespace: 'default', name: 'hook', path: '/validate', port: 8443 }
  await validating(server.hook('service.example.com', { clientConfig: { service, caBundle: server.caBundle }, timeoutSeconds: 2 }))
  for (const [name, podIP, ready] of [
    ['hook-1', '127.0.0.2', 'False'],
    ['hook-2', '127.0.0.1', 'True'],
  ] as const) {
    const containers = [{ name: 'c', image: 'i', ports: [{ name: 'https', containerPort: server.port }] }]
    await lab.backend.create(pods, { metadata: { name, labels: { app: 'hook' } }, spec: { containers } } as KubeObject)
    const status = { podIP, podIPs: [{ ip: podIP }], conditions: [{ type: 'Ready', status: ready }] }
    await lab.backend.patch({ ...pods, name }, 'application/merge-patch+json', { status }, { subresource: 'status' })
  }
  await create(aConfigMap('by-service'))
  assert.equal(server.asked[0]?.path, '/validate?timeout=2s')
})

test('mutating webhooks change an object one after the other; unknown fields of a patch are dropped, and connections are kept', async () => {
  const before = server.connections
  server.respond = ({ request }, path) => {
    const labels = request.object?.metadata?.labels ?? {}
    const first = path.startsWith('/one')
    return patchOf(
      { op: 'add', path: '/metadata/labels', value: { ...labels, [first ? 'one' : 'two']: String(Object.keys(labels).length) } },
      { op: 'add', path: '/nosuch', value: 1 },
    )
  }
  await mutating(server.hook('one.example.com'), server.hook('two.example.com'))
  const stored = await create(aConfigMap('changed'))
  assert.deepEqual(stored.metadata?.labels, { one: '0', two: '1' })
  assert.equal('nosuch' in stored, false)
  assert.ok(server.connections - before <= 1)
})

test('a webhook with reinvocationPolicy IfNeeded is asked again after a later one changed the object, once, and so are built-in steps', async () => {
  server.respond = (_review, path) => (path.startsWith('/late') ? patchOf({ op: 'add', path: '/metadata/labels', value: { late: 'yes' } }) : { allowed: true })
  await mutating(
    server.hook('again.example.com', { reinvocationPolicy: 'IfNeeded' }),
    server.hook('never.example.com', { reinvocationPolicy: 'Never' }),
    server.hook('late.example.com'),
  )
  await create(aConfigMap('again'))
  assert.deepEqual(
    server.asked.map(({ path }) => path.split('?')[0]),
    ['/again.example.com', '/never.example.com', '/late.example.com', '/again.example.com'],
  )
  assert.deepEqual(builtIn, ['', 'late'])
})

test('a patch that does not apply, and one without a type, refuse the write', async () => {
  await mutating(server.hook('patch.example.com'))
  server.respond = () => patchOf({ op: 'remove', path: '/data/nosuch' })
  assert.equal((await refused(aConfigMap('p'))).code, 500)
  server.respond = () => ({ allowed: true, patch: Buffer.from('[]').toString('base64') })
  assert.match((await refused(aConfigMap('p'))).message, /webhook returned response.patch but not response.patchType$/)
  server.respond = () => ({ allowed: true, patch: Buffer.from('{}').toString('base64'), patchType: 'Merge' })
  assert.match((await refused(aConfigMap('p'))).message, /webhook returned invalid response.patchType of "Merge"$/)
})

test('what a webhook made of an object is validated as what a client sends', async () => {
  await mutating(server.hook('break.example.com'))
  server.respond = () => patchOf({ op: 'add', path: '/metadata/labels', value: { 'not a label': 'x' } })
  assert.equal((await refused(aConfigMap('broken'))).code, 422)
})

test('a dry run asks only webhooks without side effects', async () => {
  // Only what an older server stored may have others.
  const stored = { metadata: { name: 'hooks' }, webhooks: [server.hook('effects.example.com', { sideEffects: 'Some' })] } as KubeObject
  await lab.store.put('validatingwebhookconfigurations', 'hooks', stored, 0)
  const error = await refused(aConfigMap('dry'), { dryRun: true })
  assert.deepEqual([error.message, error.code], ['admission webhook "effects.example.com" does not support dry run', 400])
  await validating(server.hook('effects.example.com', { sideEffects: 'NoneOnDryRun' }))
  await create(aConfigMap('dry'), { dryRun: true })
  assert.equal(server.asked[0]?.review.request.dryRun, true)
})

test('selectors and match conditions say what a webhook is about', async () => {
  await lab.backend.create({ resource: 'namespaces' }, { metadata: { name: 'team', labels: { env: 'prod' } } })
  await validating(
    server.hook('namespace.example.com', { namespaceSelector: { matchLabels: { env: 'prod' } } }),
    server.hook('object.example.com', { objectSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['a'] }] } }),
    server.hook('condition.example.com', {
      matchConditions: [{ name: 'b', expression: 'object.metadata.name.startsWith("b") && request.operation == "CREATE"' }],
    }),
    server.hook('authorized.example.com', {
      matchConditions: [{ name: 'may', expression: 'authorizer.group("").resource("configmaps").check("frobnicate").allowed()' }],
    }),
  )
  const asked = async (namespace: string, object: KubeObject, user = 'john') => {
    server.asked.length = 0
    await lab.backend.create({ resource: 'configmaps', namespace }, object, { user: { name: user, groups: [] } })
    return server.asked.map(({ path }) => path.slice(1).split('?')[0]).sort()
  }
  assert.deepEqual(await asked('team', aConfigMap('a1')), ['namespace.example.com'])
  assert.deepEqual(await asked('default', aConfigMap('a2', { app: 'a' })), ['object.example.com'])
  assert.deepEqual(await asked('default', aConfigMap('b1')), ['condition.example.com'])
  assert.deepEqual(await asked('default', aConfigMap('a3'), 'jane'), ['authorized.example.com'])
})

test('a match condition that cannot be evaluated follows the failure policy', async () => {
  const matchConditions = [{ name: 'x', expression: 'object.nosuch.field == 1' }]
  await validating(server.hook('condition.example.com', { matchConditions, failurePolicy: 'Ignore' }))
  await create(aConfigMap('open'))
  assert.equal(server.asked.length, 0)
  await validating(server.hook('condition.example.com', { matchConditions }))
  const error = await refused(aConfigMap('closed'))
  assert.equal(error.code, 403)
  assert.equal(error.message, `configmaps "closed" is forbidden: expression 'object.nosuch.field == 1' resulted in error: no such key: nosuch`)
})

test('a request in another version of the resource matches with matchPolicy Equivalent, and is converted', async () => {
  const rules = [{ operations: ['CREATE'], apiGroups: ['events.k8s.io'], apiVersions: ['v1'], resources: ['events'] }]
  const { eventsV1 } = await import('../../../../../src/controlplane/apiserver/kinds/events/events.ts')
  using other = await admissionLab({ more: [eventsV1] })
  await other.configure('ValidatingWebhookConfiguration', 'hooks', { webhooks: [server.hook('events.example.com', { rules })] })
  const event = {
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
    message: 'hello',
    reason: 'R',
    type: 'Normal',
  } as KubeObject
  await other.backend.create({ resource: 'events', namespace: 'default' }, event)
  const { request } = server.asked[0]?.review ?? assert.fail('nobody asked')
  assert.deepEqual(request.kind, { group: 'events.k8s.io', version: 'v1', kind: 'Event' })
  assert.deepEqual(request.requestKind, { group: '', version: 'v1', kind: 'Event' })
  assert.equal((request.object as { note?: string }).note, 'hello')
  await other.configure('ValidatingWebhookConfiguration', 'hooks', { webhooks: [server.hook('events.example.com', { rules, matchPolicy: 'Exact' })] })
  server.asked.length = 0
  await other.backend.create({ resource: 'events', namespace: 'default' }, { ...event, metadata: { name: 'f' } })
  assert.equal(server.asked.length, 0)
})

test('a webhook that speaks v1beta1 alone is asked in it', async () => {
  await validating(server.hook('old.example.com', { admissionReviewVersions: ['v1alpha1', 'v1beta1'] }))
  server.respond = ({ apiVersion }) => ({ allowed: apiVersion === 'admission.k8s.io/v1beta1' })
  await create(aConfigMap('beta'))
})

test('subresources are matched by name, and show what is sent to them', async () => {
  await lab.backend.create(pods, { metadata: { name: 'evicted' }, spec: { containers: [{ name: 'c', image: 'i' }] } } as KubeObject)
  await validating(
    server.hook('evict.example.com', { rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/eviction'] }] }),
  )
  server.respond = () => ({ allowed: false, status: { message: 'stays' } })
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'evicted', namespace: 'default' } } as KubeObject
  const error = await refusal(lab.backend.createSubresource({ ...pods, name: 'evicted' }, 'eviction', eviction))
  assert.equal(error.message, 'admission webhook "evict.example.com" denied the request: stays')
  const { request } = server.asked[0]?.review ?? assert.fail('nobody asked')
  assert.deepEqual([request.subResource, request.kind], ['eviction', { group: 'policy', version: 'v1', kind: 'Eviction' }])
})

test('what sets admission up is not subject to it, so that it can be mended', async () => {
  await validating(server.hook('all.example.com', { rules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }] }))
  server.respond = () => ({ allowed: false })
  await lab.configure('MutatingWebhookConfiguration', 'hooks', { webhooks: [] })
  await lab.remove('ValidatingWebhookConfiguration', 'hooks')
  assert.equal(server.asked.length, 0)
})

test('a kept connection that the webhook closed meanwhile is opened anew', async () => {
  await validating(server.hook('again.example.com'))
  await create(aConfigMap('first'))
  server.closeConnections()
  await create(aConfigMap('second'))
  assert.equal(server.asked.length, 2)
})

test('a scale is seen as the Scale that was sent, and can be changed', async () => {
  const deployments = { resource: 'deployments.apps', namespace: 'default' }
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await lab.backend.create(deployments, { metadata: { name: 'web' }, spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template } } as KubeObject)
  await mutating(
    server.hook('scale.example.com', { rules: [{ operations: ['UPDATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments/scale'] }] }),
  )
  server.respond = () => patchOf({ op: 'replace', path: '/spec/replicas', value: 3 })
  await lab.backend.patch({ ...deployments, name: 'web' }, 'application/merge-patch+json', { spec: { replicas: 7 } }, { subresource: 'scale' })
  const { request } = server.asked[0]?.review ?? assert.fail('nobody asked')
  assert.deepEqual([request.kind, request.subResource], [{ group: 'autoscaling', version: 'v1', kind: 'Scale' }, 'scale'])
  const replicas = (object: KubeObject | null) => (object as { spec?: { replicas?: number } } | null)?.spec?.replicas
  assert.deepEqual([replicas(request.object), replicas(request.oldObject)], [7, 1])
  assert.equal(replicas(await lab.backend.get({ ...deployments, name: 'web' })), 3)
})

test('connections to pods are asked about with their options', async () => {
  await validating(server.hook('exec.example.com', { rules: [{ operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/exec'] }] }))
  server.respond = () => ({ allowed: false, status: { message: 'no shells here', code: 403 } })
  const path = { resource: 'pods', subresource: 'exec', rest: '' } as ResourcePath
  const options = connectOptions({ path, query: new URLSearchParams('command=sh&command=-c&stdin=true&tty=1&container=c') })
  const target = { definition: lab.definitions.named('pods'), namespace: 'default', name: 'p' }
  const context = {
    user: { name: 'jane', groups: [] },
    fieldManager: '',
    dryRun: false,
    fieldValidation: 'Ignore',
    now: 0,
    backend: lab.backend,
    warn: () => {},
  } as const
  const error = await refusal(lab.backend.verbs.connect(target, 'exec', options, context))
  assert.deepEqual([error.message, error.code], ['admission webhook "exec.example.com" denied the request: no shells here', 403])
  const { request } = server.asked[0]?.review ?? assert.fail('nobody asked')
  assert.deepEqual([request.operation, request.kind, request.oldObject], ['CONNECT', { group: '', version: 'v1', kind: 'PodExecOptions' }, null])
  assert.deepEqual(request.object, { kind: 'PodExecOptions', apiVersion: 'v1', stdin: true, tty: true, container: 'c', command: ['sh', '-c'] })
})
