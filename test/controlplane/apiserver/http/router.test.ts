import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { attributesOf } from '../../../../src/controlplane/apiserver/auth/attributes.ts'
import { authorize } from '../../../../src/controlplane/apiserver/auth/authorizer.ts'
import type { Attributes, User } from '../../../../src/controlplane/apiserver/auth/user.ts'
import { parseResourcePath } from '../../../../src/controlplane/apiserver/http/path.ts'
import { storedDefinitions } from '../../../../src/controlplane/apiserver/kinds/definitions.ts'
import { kinds } from '../../../../src/controlplane/apiserver/kinds/registry.ts'
import { type ControlPlane, createControlPlane } from '../../../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { aPod, pods, withPolicy } from '../../harness.ts'

const users: Readonly<Record<string, User>> = {
  admin: { name: 'admin', groups: ['system:masters', 'system:authenticated'] },
  somebody: { name: 'somebody', groups: ['system:authenticated'] },
}
const nobody: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
const asked: (Attributes & { user: string })[] = []
const proxied: string[] = []
let server: ControlPlane

before(async () => {
  server = await createControlPlane({
    storage: new MemoryStorage(),
    definitions: storedDefinitions({}),
    authenticate: async ({ bearerToken = '' }) => users[bearerToken] ?? nobody,
    async authorize(user, attributes, backend) {
      asked.push({ ...attributes, user: user.name })
      return authorize(user, attributes, backend)
    },
    nodeProxy: async ({ path, rawQuery, response }) => {
      proxied.push(`${path.resource}/${path.name} ${path.rest} ${rawQuery}`)
      response.end('{}')
    },
    listen: { host: '127.0.0.1', port: 0 },
    clock: systemClock,
    log: silentLogger,
  })
  await server.backend.create({ resource: 'namespaces' }, { metadata: { name: 'default' } })
  await server.backend.create(pods, aPod('a'))
  await withPolicy(server.backend)
})
after(() => server[Symbol.asyncDispose]())

/** With exactly this target, which no client library has tidied up. */
function call(
  target: string,
  { method = 'GET', as = 'admin', headers = {} }: { method?: string; as?: string; headers?: Record<string, string | string[]> } = {},
) {
  asked.length = 0
  return new Promise<{ status: number; body: { message?: string; kind?: string; metadata?: { name?: string } } }>((resolve, reject) => {
    const sent = { host: '127.0.0.1', port: server.port, path: target, method, agent: false, headers: { authorization: `Bearer ${as}`, ...headers } }
    const sending = request(sent, async (answer) => {
      let text = ''
      for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) text += chunk
      resolve({ status: answer.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : {} })
    })
    sending.once('error', reject)
    sending.end()
  })
}

for (const [target, status] of [
  ['//', 404],
  ['/', 200],
  ['/.', 404],
  ['//api/v1/pods', 404],
  ['/api//v1/pods', 404],
  ['/api/v1//pods', 404],
  ['/api/v1/namespaces//pods', 404],
  ['/api/v1/namespaces/default/pods//a', 404],
  ['/api/v1/namespaces/default/pods/a/', 200],
  ['/api/v1/pods/', 200],
  ['/%61pi/v1/namespaces/default/%70ods/a', 200],
  ['/api%2Fv1%2fnamespaces/default/pods%2Fa', 200],
  ['/api/v1/namespaces/default/./pods/a', 404],
  ['/api/v1/namespaces/default/secrets/../pods/a', 400],
  ['/api/v1/namespaces/default/pods/..', 400],
  ['/api/v1/namespaces/default/pods/%2e', 400],
  ['/api/v1/namespaces/../pods/a', 400],
  ['/api/v1/namespaces/default/pods/a%2525', 400],
  ['/api/v1/namespaces/default/pods;x=1/a', 404],
  ['http://evil.example/api/v1/namespaces/default/pods/a', 200],
  ['/%', 400],
  ['/api/v1/pods/%zz', 400],
  ['/api/v1/pods?labelSelector=%zz', 200],
  ['/version//', 404],
  ['/version/', 200],
  ['/healthz/..', 404],
  ['/healthz/ping', 200],
] as const)
  test(`GET ${target} is a ${status}, as by a kube-apiserver`, async () => {
    assert.equal((await call(target)).status, status)
  })

test('who may is judged by the very value that is then served', async () => {
  await call('/%61pi/v1/namespaces/d%65fault/pods/%61')
  assert.deepEqual(asked, [{ verb: 'get', group: '', resource: 'pods', subresource: '', namespace: 'default', name: 'a', user: 'admin' }])
  const { status, body } = await call('/api/v1/namespaces/default/%73ecrets/x', { as: 'somebody' })
  assert.deepEqual(
    [status, body.message],
    [403, 'secrets "x" is forbidden: User "somebody" cannot get resource "secrets" in API group "" in the namespace "default"'],
  )
})

test('the attributes of a request are those of kube-apiserver’s RequestInfo', () => {
  const of = (method: string, target: string, fieldSelector: string | null = null, watching = false) => {
    const path = parseResourcePath(target)
    assert.ok(path)
    const { verb, name } = attributesOf(method, path, { group: '', resource: path.resource } as never, { watching, fieldSelector })
    return `${verb} ${name}`.trim()
  }
  assert.equal(of('GET', '/api/v1/pods'), 'list')
  assert.equal(of('GET', '/api/v1/pods', null, true), 'watch')
  assert.equal(of('HEAD', '/api/v1/namespaces/d/pods/a'), 'get a')
  assert.equal(of('GET', '/api/v1/namespaces/d/pods/a', null, true), 'get a')
  assert.equal(of('GET', '/api/v1/watch/namespaces/d/pods/a'), 'watch a')
  assert.equal(of('POST', '/api/v1/watch/namespaces/d/pods'), 'create')
  assert.equal(of('DELETE', '/api/v1/namespaces/d/pods'), 'deletecollection')
  assert.equal(of('DELETE', '/api/v1/namespaces/d/pods', 'metadata.name=a'), 'deletecollection a')
  assert.equal(of('GET', '/api/v1/namespaces/d/secrets', 'type=x,metadata.name==a'), 'list a')
  assert.equal(of('GET', '/api/v1/namespaces/d/secrets', 'metadata.name!=a'), 'list')
  assert.equal(of('GET', '/api/v1/namespaces/d/secrets', 'metadata.name=a\\,b'), 'list a,b')
  assert.equal(of('GET', '/api/v1/namespaces/d/secrets', 'metadata.name=a\\b'), 'list')
  for (const method of ['OPTIONS', 'TRACE', 'PROPFIND']) assert.equal(of(method, '/api/v1/pods'), '')
})

test('a path below a node’s proxy is the parsed one, written anew', async () => {
  proxied.length = 0
  for (const target of ['/api/v1/nodes/n1/proxy/%6cogs/a%20b/?x=%zz', '/api/v1/nodes/proxy/proxy/pods', '/api/v1/nodes/n1%2Fproxy/metrics']) await call(target)
  assert.deepEqual(proxied, ['nodes/n1 logs/a b/ x=%zz', 'nodes/proxy pods ', 'nodes/n1 metrics '])
})

test('nobody sees more than the health and the version, and by GET alone', async () => {
  for (const path of ['/healthz', '/livez', '/readyz', '/version', '/version/']) assert.equal((await call(path, { as: '' })).status, 200, path)
  for (const path of [
    '/',
    '//',
    '/api',
    '/apis',
    '/openapi/v3',
    '/healthz/',
    '/healthz/ping',
    '/metrics',
    '/api/v1/pods',
    '//healthz',
    '/healthz%2f..',
    '/api/v1/namespaces/default/pods/a',
  ])
    assert.equal((await call(path, { as: '' })).status, 403, path)
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) assert.equal((await call('/healthz', { as: '', method })).status, 403, method)
  for (const method of ['POST', 'DELETE']) assert.equal((await call('/version', { method })).status, 405, method)
  assert.equal((await call('/api/v1/watch/namespaces/default/pods', { method: 'POST' })).status, 405)
})

test('who may pass for one by a role passes for that one, with no more than that one has', async () => {
  const rbac = (resource: string) => ({ resource: `${resource}.rbac.authorization.k8s.io` })
  const rules = [{ verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['carol'] }]
  await server.backend.create(rbac('clusterroles'), { metadata: { name: 'as-carol' }, rules } as KubeObject)
  const bind = (name: string, role: string, user: string) =>
    server.backend.create(rbac('clusterrolebindings'), {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
    } as KubeObject)
  await bind('as-carol', 'as-carol', 'somebody')
  const as = (user: string, path: string, group?: string) =>
    call(path, { as: 'somebody', headers: { 'impersonate-user': user, ...(group && { 'impersonate-group': group }) } })
  assert.equal(
    (await as('carol', '/api/v1/pods')).body.message,
    'pods is forbidden: User "carol" cannot list resource "pods" in API group "" at the cluster scope',
  )
  await bind('carol', 'system:kube-scheduler', 'carol')
  assert.equal((await as('carol', '/api/v1/pods')).status, 200)
  assert.match((await as('carol', '/api/v1/pods', 'system:masters')).body.message ?? '', /User "somebody" cannot impersonate resource "groups"/)
  assert.match((await as('admin', '/api/v1/pods')).body.message ?? '', /User "somebody" cannot impersonate resource "users"/)
})

test('who would pass for another must be allowed each part of it, and to name none is refused', async () => {
  const headers = {
    'impersonate-user': 'system:serviceaccount:default:x',
    'impersonate-group': ['a, b', 'c'],
    'impersonate-uid': 'u',
    'impersonate-extra-example.com%2fscope': ['one', 'two'],
  }
  const { status, body } = await call('/api/v1/namespaces/default/secrets/x', { headers })
  assert.equal(status, 403)
  assert.match(body.message ?? '', /User "system:serviceaccount:default:x" cannot get/)
  assert.deepEqual(
    asked.slice(0, -1).map(({ group, resource, subresource, namespace, name }) => [group, resource, subresource, namespace, name].join(' ')),
    [
      ' serviceaccounts  default x',
      ' groups   a, b',
      ' groups   c',
      'authentication.k8s.io uids   u',
      'authentication.k8s.io userextras example.com/scope  one',
      'authentication.k8s.io userextras example.com/scope  two',
    ],
  )
  assert.equal((await call('/api', { as: 'somebody', headers: { 'impersonate-user': 'admin' } })).status, 403)
  for (const lone of ['impersonate-group', 'impersonate-uid', 'impersonate-extra-a'])
    assert.equal((await call('/api/v1/pods', { headers: { [lone]: 'system:masters' } })).status, 400)
})

for (const { group, version, resource } of kinds)
  test(`${resource} take no field selector that they do not know, by a 400`, async () => {
    const at = group ? `/apis/${group}/${version}/${resource}` : `/api/${version}/${resource}`
    for (const field of ['spec.nope', 'constructor', '__proto__', 'toString']) {
      const { status, body } = await call(`${at}?fieldSelector=${field}%3Dx`)
      assert.equal(status, 400, body.message)
      const known = [
        ...['pods', 'nodes', 'events', 'secrets', 'namespaces', 'services', 'certificatesigningrequests'],
        ...['replicasets', 'replicationcontrollers', 'jobs', 'resourceslices'],
      ].includes(resource)
      assert.equal(
        body.message,
        known ? `field label not supported: ${field}` : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
      )
    }
    assert.equal((await call(`${at}?fieldSelector=metadata.name%3Dx`)).status, 200)
  })

test('a field selector is read as apimachinery does', async () => {
  for (const [selector, status] of [
    ['spec.signerName=a', 200],
    ['spec.signerName!=a,metadata.name==b', 200],
    ['spec.signerName=a\\,b', 200],
    [',', 200],
    ['spec.signerName', 400],
    ['=', 400],
    ['spec.signerName=a=b', 400],
    ['spec.signerName=a\\b', 400],
    ['spec.signerName=a\\', 400],
  ] as const) {
    const path = `/apis/certificates.k8s.io/v1/certificatesigningrequests?fieldSelector=${encodeURIComponent(selector)}`
    assert.equal((await call(path)).status, status, selector)
  }
})
