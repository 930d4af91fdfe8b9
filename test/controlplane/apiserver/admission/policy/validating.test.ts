import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import type { KubeObject } from '../../../../../src/kube/objects.ts'
import { aPod, configMaps, pods } from '../../../harness.ts'
import { admissionLab, refusal } from '../lab.ts'

let lab: Awaited<ReturnType<typeof admissionLab>>
const asked: string[] = []

before(async () => {
  lab = await admissionLab({
    authorize: async ({ name }, attributes) => {
      asked.push(`${name} ${attributes.verb} ${attributes.resource}`)
      return { allowed: name === 'system:serviceaccount:default:robot', reason: 'because' }
    },
  })
})
after(() => lab[Symbol.dispose]())
afterEach(async () => {
  for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']) await lab.remove(kind, 'demo').catch(() => {})
  asked.length = 0
})

const resourceRules = [{ operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }]

/** A policy about configmaps with its binding. */
async function policy(spec: object, binding: object = {}): Promise<void> {
  await lab.configure('ValidatingAdmissionPolicy', 'demo', { spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules }, ...spec } })
  await lab.configure('ValidatingAdmissionPolicyBinding', 'demo', { spec: { policyName: 'demo', validationActions: ['Deny'], ...binding } })
}

let count = 0
const aConfigMap = (data: Record<string, string>, labels?: Record<string, string>): KubeObject => {
  count += 1
  return { metadata: { name: `c${count}`, ...(labels && { labels }) }, data } as KubeObject
}
const create = (data: Record<string, string>, options: object = {}) => lab.backend.create(configMaps, aConfigMap(data), options)
const message = async (write: Promise<unknown>) => (await refusal(write)).message
const denied = (why: string) => `configmaps "c${count}" is forbidden: ValidatingAdmissionPolicy 'demo' with binding 'demo' denied request: ${why}`

test('a validation that does not hold denies the request in the words of a kube-apiserver', async () => {
  await policy({ validations: [{ expression: "object.data.size == 'small'" }] })
  await create({ size: 'small' })
  const error = await refusal(create({ size: 'large' }))
  assert.equal(error.message, denied("failed expression: object.data.size == 'small'"))
  assert.deepEqual([error.code, error.reason], [422, 'Invalid'])
  assert.deepEqual(error.status?.details?.causes, [
    { message: `ValidatingAdmissionPolicy 'demo' with binding 'demo' denied request: failed expression: object.data.size == 'small'` },
  ])
})

test('the message is that of the expression, else the policy’s own, and the reason has its code', async () => {
  const expression = 'false'
  await policy({ validations: [{ expression, message: ' plain ', messageExpression: "'data has ' + string(object.data.size())", reason: 'Forbidden' }] })
  const error = await refusal(create({ a: 'b' }))
  assert.equal(error.message, denied('data has 1'))
  assert.deepEqual([error.code, error.reason], [403, 'Forbidden'])
  for (const messageExpression of ["'two\\nlines'", "''", 'object.nosuch'])
    await policy({ validations: [{ expression, message: ' plain ', messageExpression }] }).then(async () =>
      assert.equal(await message(create({ a: 'b' })), denied('plain')),
    )
})

test('an expression that fails follows the failure policy', async () => {
  await policy({ validations: [{ expression: 'object.data.nosuch == 1' }] })
  assert.equal(await message(create({ a: 'b' })), denied("expression 'object.data.nosuch == 1' resulted in error: no such key: nosuch"))
  await policy({ failurePolicy: 'Ignore', validations: [{ expression: 'object.data.nosuch == 1' }] })
  await create({ a: 'b' })
})

test('an expression that costs too much is an error, and ends the evaluation', async () => {
  const expression = 'object.data.all(a, object.data.all(b, object.data.all(c, a + b != c)))'
  await policy({ validations: [{ expression }] })
  const data = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`key-${index}`, 'x']))
  assert.equal(await message(create(data)), denied(`expression '${expression}' resulted in error: operation cancelled: actual cost limit exceeded`))
})

test('variables are evaluated in order, once, when they are read', async () => {
  await policy({
    variables: [
      { name: 'keys', expression: 'object.data.map(k, k)' },
      { name: 'count', expression: 'variables.keys.size()' },
      { name: 'broken', expression: 'object.nosuch' },
    ],
    validations: [{ expression: 'variables.count < 2 || variables.broken', messageExpression: "'too many: ' + variables.keys.join(',')" }],
  })
  await create({ a: '1' })
  assert.equal(
    await message(create({ a: '1', b: '2' })),
    denied(`expression 'variables.count < 2 || variables.broken' resulted in error: composited variable "broken" fails to evaluate: no such key: nosuch`),
  )
})

test('a binding warns, denies or notes, as its actions say', async () => {
  const warnings: string[] = []
  await policy({ validations: [{ expression: 'false', message: 'hm' }] }, { validationActions: ['Warn', 'Audit'] })
  const notes: Record<string, string> = {}
  const { definitions, backend } = lab
  const definition = definitions.named('configmaps')
  const context = {
    user: { name: 'jane', groups: [] },
    fieldManager: 'm',
    dryRun: false,
    fieldValidation: 'Ignore',
    now: 0,
    backend,
    warn: (text: string) => warnings.push(text),
    annotate: (key: string, value: string) => {
      notes[key] = value
    },
  } as const
  await backend.verbs.create({ definition, namespace: 'default', name: '' }, aConfigMap({ a: 'b' }), context)
  assert.deepEqual(warnings, ["Validation failed for ValidatingAdmissionPolicy 'demo' with binding 'demo': hm"])
  const failure = { message: 'hm', policy: 'demo', binding: 'demo', expressionIndex: 0, validationActions: ['Warn', 'Audit'] }
  assert.deepEqual(JSON.parse(notes['validation.policy.admission.k8s.io/validation_failure'] ?? ''), [failure])
  await policy({ validations: [], auditAnnotations: [{ key: 'who', valueExpression: "'by ' + request.userInfo.username" }] })
  await backend.verbs.create({ definition, namespace: 'default', name: '' }, aConfigMap({ a: 'b' }), context)
  assert.equal(notes['demo/who'], 'by jane')
})

test('match conditions come first, and one that fails follows the failure policy', async () => {
  await policy({ matchConditions: [{ name: 'x', expression: "object.data.kind == 'checked'" }], validations: [{ expression: 'false' }] })
  await create({ kind: 'other' })
  assert.match(await message(create({ kind: 'checked' })), /denied request: failed expression: false$/)
  assert.equal(await message(create({ a: 'b' })), denied("expression 'object.data.kind == 'checked'' resulted in error: no such key: kind"))
})

test('parameters come by name, from the request’s namespace, or by a selector, each checked', async () => {
  const spec = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConstraints: { resourceRules: [{ ...resourceRules[0], resources: ['pods'] }] },
    validations: [{ expression: 'object.metadata.name.startsWith(params.data.prefix)' }],
  }
  for (const prefix of ['a', 'ab'])
    await lab.backend.create(configMaps, { metadata: { name: `param-${prefix}`, labels: { param: 'yes' } }, data: { prefix } } as KubeObject)
  await policy(spec, { paramRef: { name: 'param-a', parameterNotFoundAction: 'Deny' } })
  await lab.backend.create(pods, aPod('a1'))
  assert.match(await message(lab.backend.create(pods, aPod('b1'))), /failed expression: object.metadata.name.startsWith\(params.data.prefix\)$/)
  await policy(spec, { paramRef: { selector: { matchLabels: { param: 'yes' } }, parameterNotFoundAction: 'Deny' } })
  assert.match(await message(lab.backend.create(pods, aPod('a2'))), /failed expression/)
  await lab.backend.create(pods, aPod('ab2'))
  await policy(spec, { paramRef: { name: 'nosuch', namespace: 'default', parameterNotFoundAction: 'Deny' } })
  const why = 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'
  assert.equal(
    await message(lab.backend.create(pods, aPod('b3'))),
    `pods "b3" is forbidden: ValidatingAdmissionPolicy 'demo' with binding 'demo' denied request: ${why}`,
  )
  await policy(spec, { paramRef: { name: 'nosuch', parameterNotFoundAction: 'Allow' } })
  await lab.backend.create(pods, aPod('b4'))
})

test('a kind of parameters that is not there is a fault of the policy', async () => {
  await policy(
    { paramKind: { apiVersion: 'example.com/v1', kind: 'Rule' }, validations: [{ expression: 'true' }] },
    { paramRef: { name: 'x', parameterNotFoundAction: 'Allow' } },
  )
  assert.equal(
    await message(create({ a: 'b' })),
    `configmaps "c${count}" is forbidden: ValidatingAdmissionPolicy 'demo' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.com/v1, Kind=Rule'`,
  )
})

test('the namespace, the old object and the authorizer can be asked', async () => {
  await policy({
    validations: [{ expression: "namespaceObject.metadata.name == 'default' && (oldObject == null || object.data.size() >= oldObject.data.size())" }],
  })
  const made = await create({ a: '1', b: '2' })
  assert.match(
    await message(lab.backend.patch({ ...configMaps, name: made.metadata?.name ?? '' }, 'application/merge-patch+json', { data: { a: null } })),
    /failed expression/,
  )
  const may = "authorizer.serviceAccount('default', object.data.account).group('').resource('secrets').namespace('default').check('get')"
  await policy({
    variables: [{ name: 'decision', expression: may }],
    validations: [{ expression: 'variables.decision.allowed()', messageExpression: 'variables.decision.reason()' }],
  })
  await create({ account: 'robot' })
  assert.equal(await message(create({ account: 'other' })), denied('because'))
  assert.deepEqual(asked, ['system:serviceaccount:default:robot get secrets', 'system:serviceaccount:default:other get secrets'])
})

test('bindings narrow down what a policy is about', async () => {
  await policy({ validations: [{ expression: 'false' }] }, { matchResources: { objectSelector: { matchLabels: { strict: 'yes' } } } })
  await create({ a: 'b' })
  await assert.rejects(lab.backend.create(configMaps, aConfigMap({}, { strict: 'yes' })))
  await policy(
    { validations: [{ expression: 'false' }] },
    { matchResources: { excludeResourceRules: [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }] } },
  )
  await create({ a: 'b' })
  await policy({ validations: [{ expression: 'false' }], matchConstraints: { resourceRules: [{ ...resourceRules[0], resourceNames: ['only'] }] } })
  await create({ a: 'b' })
})

test('a policy without a binding does nothing', async () => {
  await policy({ validations: [{ expression: 'false' }] })
  await lab.remove('ValidatingAdmissionPolicyBinding', 'demo')
  await create({ a: 'b' })
})
