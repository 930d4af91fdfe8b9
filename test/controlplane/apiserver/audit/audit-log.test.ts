import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { AuditFile } from '../../../../src/controlplane/apiserver/audit/audit-file.ts'
import { AuditLog } from '../../../../src/controlplane/apiserver/audit/audit-log.ts'
import { type AuditPolicy, auditDecision, metadataOfAll, readAuditPolicy } from '../../../../src/controlplane/apiserver/audit/policy.ts'
import { storedDefinitions } from '../../../../src/controlplane/apiserver/kinds/definitions.ts'
import { type ControlPlane, createControlPlane } from '../../../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'

interface AuditEvent {
  readonly [field: string]: unknown
  readonly stage: string
  readonly responseStatus?: { readonly code?: number; readonly message?: string }
  readonly annotations?: Readonly<Record<string, string>>
}

const events: AuditEvent[] = []
let arrived = () => {}
let policy: AuditPolicy = metadataOfAll
let server: ControlPlane

before(async () => {
  const note = (event: string) => {
    events.push(JSON.parse(event))
    arrived()
  }
  server = await createControlPlane({
    storage: new MemoryStorage(),
    definitions: storedDefinitions({}),
    authenticate: async ({ bearerToken }) => (bearerToken === undefined ? undefined : { name: bearerToken, groups: ['devs', 'system:authenticated'] }),
    authorize: async ({ name }, { verb }) => ({ allowed: verb !== 'delete', reason: `rule of ${name}` }),
    listen: { host: '127.0.0.1', port: 0 },
    clock: systemClock,
    log: silentLogger,
    get audit() {
      return new AuditLog({
        get policy() {
          return policy
        },
        write: note,
        now: () => Date.now(),
      })
    },
  })
  await server.backend.create({ resource: 'namespaces' }, { metadata: { name: 'default' } })
})
after(() => server[Symbol.asyncDispose]())

/** The events of a request, once its last one is there. */
async function audited(
  method: string,
  path: string,
  body?: object,
  as: AuditPolicy = metadataOfAll,
  token = 'jane',
  contentType = 'application/json',
): Promise<readonly AuditEvent[]> {
  policy = as
  events.length = 0
  const complete = new Promise<void>((resolve) => {
    arrived = () => events.at(-1)?.stage === 'ResponseComplete' && resolve()
  })
  const headers = { ...(token && { authorization: `Bearer ${token}` }), 'content-type': contentType, 'user-agent': 'tester/1' }
  const response = await fetch(`${server.url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  await response.text()
  await complete
  assert.equal(events.at(-1)?.auditID, response.headers.get('audit-id'))
  return [...events]
}

const configMaps = '/api/v1/namespaces/default/configmaps'

test('an event says who did what to what, and what came of it', async () => {
  const [event = assert.fail('nothing was written'), ...more] = await audited('POST', `${configMaps}?fieldManager=m`, {
    metadata: { name: 'a' },
    data: { secret: 'x' },
  })
  assert.deepEqual(more, [])
  const { auditID, requestReceivedTimestamp, stageTimestamp, ...rest } = event
  assert.match(String(auditID), /^[-0-9a-f]{36}$/)
  for (const time of [requestReceivedTimestamp, stageTimestamp]) assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  assert.deepEqual(rest, {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    stage: 'ResponseComplete',
    requestURI: `${configMaps}?fieldManager=m`,
    verb: 'create',
    user: { username: 'jane', groups: ['devs', 'system:authenticated'] },
    sourceIPs: ['127.0.0.1'],
    userAgent: 'tester/1',
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 },
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'rule of jane' },
  })
})

test('refusals are told with their reason, whoever refuses', async () => {
  const [forbidden] = await audited('DELETE', `${configMaps}/a`)
  assert.equal(forbidden?.annotations?.['authorization.k8s.io/decision'], 'forbid')
  const status = {
    metadata: {},
    status: 'Failure',
    message: 'configmaps "a" is forbidden: User "jane" cannot delete resource "configmaps" in API group "" in the namespace "default": rule of jane',
    reason: 'Forbidden',
    code: 403,
  }
  assert.deepEqual(forbidden?.responseStatus, status)
  const [missing] = await audited('GET', `${configMaps}/nosuch`)
  assert.equal(missing?.responseStatus?.message, 'configmaps "nosuch" not found')
})

test('a policy says how much is written: stages, contents, nothing', async () => {
  const rules = [
    { level: 'RequestResponse', verbs: ['create'], resources: [{ group: '', resources: ['configmaps'] }], omitManagedFields: true },
    { level: 'None', nonResourceURLs: ['/healthz*'] },
    { level: 'Metadata' },
  ] as const
  const whole = await audited('POST', configMaps, { metadata: { name: 'b' }, data: { k: 'v' } }, { rules })
  assert.deepEqual(
    whole.map(({ stage }) => stage),
    ['RequestReceived', 'ResponseComplete'],
  )
  const { requestObject, responseObject } = whole[1] as unknown as {
    requestObject: { data: object }
    responseObject: { data: object; metadata: { managedFields?: unknown } }
  }
  assert.deepEqual([requestObject.data, responseObject.data], [{ k: 'v' }, { k: 'v' }])
  assert.equal(responseObject.metadata.managedFields, undefined)
  // Nothing is written of what the policy leaves out.
  policy = { rules }
  await (await fetch(`${server.url}/healthz`, { headers: { authorization: 'Bearer jane' } })).text()
  assert.equal(events.length, whole.length)
  const list = await audited('GET', configMaps, undefined, { rules, omitStages: ['RequestReceived'] })
  assert.deepEqual(
    list.map(({ level, verb }) => [level, verb]),
    [['Metadata', 'list']],
  )
})

test('large bodies, which are read on another thread, are told like small ones', async () => {
  const rules = [{ level: 'Request' }] as const
  const data = { k: 'v'.repeat(100_000) }
  const told = async (method: string, path: string, body: object, contentType?: string) =>
    ((await audited(method, path, body, { rules }, 'jane', contentType)).at(-1) as unknown as { requestObject?: unknown }).requestObject
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'large' }, data }
  assert.deepEqual(((await told('POST', configMaps, object)) as typeof object).data, data)
  const large = `${configMaps}/large`
  assert.deepEqual(await told('PATCH', large, { data }, 'application/merge-patch+json'), { data })
  assert.deepEqual(await told('PATCH', large, { data }, 'application/strategic-merge-patch+json'), { data })
  const operations = [{ op: 'add', path: '/data', value: data }]
  assert.deepEqual(await told('PATCH', large, operations, 'application/json-patch+json'), operations)
  const applied = (await told('PATCH', `${large}?fieldManager=me&force=true`, object, 'application/apply-patch+yaml')) as typeof object
  assert.deepEqual(applied.data, data)
})

test('the first rule that fits decides, by user, group, verb, resource, name, namespace and path', () => {
  const request = { user: 'jane', groups: ['devs'], verb: 'get', group: 'apps', resource: 'deployments', subresource: '', namespace: 'n', name: 'web' }
  const level = (rule: object, over: object = {}) => auditDecision({ rules: [{ level: 'Request', ...rule }] }, { ...request, ...over }).level
  for (const [rule, over] of [
    [{ users: ['jane'], verbs: ['get'] }],
    [{ userGroups: ['devs'] }],
    [{ resources: [{ group: 'apps' }] }],
    [{ resources: [{ group: 'apps', resources: ['deployments'], resourceNames: ['web'] }], namespaces: ['n'] }],
    [{ resources: [{ group: 'apps', resources: ['*/scale'] }] }, { subresource: 'scale' }],
    [{ resources: [{ group: 'apps', resources: ['deployments/*'] }] }, { subresource: 'status' }],
    [{ nonResourceURLs: ['/api*'] }, { path: '/apis' }],
    [{}, { path: '/apis' }],
  ] as const)
    assert.equal(level(rule, over), 'Request', JSON.stringify(rule))
  for (const [rule, over] of [
    [{ users: ['john'] }],
    [{ verbs: ['list'] }],
    [{ resources: [{ group: '' }] }],
    [{ resources: [{ group: 'apps', resources: ['deployments'] }] }, { subresource: 'scale' }],
    [{ resources: [{ group: 'apps' }] }, { path: '/apis' }],
    [{ namespaces: ['other'] }],
    [{ nonResourceURLs: ['/healthz'] }],
  ] as const)
    assert.equal(level(rule, over), 'None', JSON.stringify(rule))
})

test('a policy that is none is refused by the field that is wrong', () => {
  const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n'
  for (const [text, why] of [
    ['[]', /must be an object with apiVersion/],
    ['apiVersion: audit.k8s.io/v1beta1\nkind: Policy', /apiVersion and kind must be audit.k8s.io\/v1 and Policy/],
    [head, /^rules: Required value/],
    [`${head}rules: [{level: All}]`, /^rules\[0\].level: Unsupported value: "All": supported values: None, Metadata, Request, RequestResponse/],
    [`${head}rules: [{level: None, omitStages: [Never]}]`, /^rules\[0\].omitStages: Unsupported value/],
    [`${head}rules: [{level: None, resources: [{resources: pods}]}]`, /^rules\[0\].resources\[0\].resources: must be a list of texts/],
    [`${head}rules: [{level: None, namespaces: [a], nonResourceURLs: [/x]}]`, /^rules\[0\].nonResourceURLs: Invalid value/],
  ] as const)
    assert.throws(() => readAuditPolicy(text), { message: why }, text)
  assert.equal(readAuditPolicy(`${head}rules: [{level: Metadata}]`).rules.length, 1)
})

test('the file is the owner’s alone, is gone on with, and one that cannot be opened is named', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'audit-'))
  try {
    const path = join(directory, 'audit.log')
    for (const event of ['{"a":1}', '{"a":2}']) {
      await using file = await AuditFile.open(path, { log: silentLogger, now: Date.now })
      file.write(event)
    }
    assert.equal(await readFile(path, 'utf8'), '{"a":1}\n{"a":2}\n')
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    await assert.rejects(
      AuditFile.open(join(directory, 'no', 'audit.log'), { log: silentLogger, now: Date.now }),
      /^Error: --audit-log-path .*audit.log cannot be opened: ENOENT/,
    )
  } finally {
    await rm(directory, { recursive: true })
  }
})
