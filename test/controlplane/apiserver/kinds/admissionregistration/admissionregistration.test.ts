import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mutatingAdmissionPolicies } from '../../../../../src/controlplane/apiserver/kinds/admissionregistration/mutating-admission-policies.ts'
import {
  mutatingAdmissionPolicyBindings,
  validatingAdmissionPolicyBindings,
} from '../../../../../src/controlplane/apiserver/kinds/admissionregistration/policy-bindings.ts'
import { validatingAdmissionPolicies } from '../../../../../src/controlplane/apiserver/kinds/admissionregistration/validating-admission-policies.ts'
import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from '../../../../../src/controlplane/apiserver/kinds/admissionregistration/webhook-configurations.ts'
import { createProblems, made, row, updateProblems } from '../kind-lab.ts'

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }
const hook = { name: 'a.example.com', sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig: { url: 'https://a.example/hook' }, rules: [rule] }
const problems = (more: object) => createProblems(validatingWebhookConfigurations, { webhooks: [{ ...hook, ...more }] })

test('a webhook fails closed after ten seconds, and is asked about everything that is like what it names', () => {
  const [webhook] = (
    made(mutatingWebhookConfigurations, { webhooks: [{ ...hook, clientConfig: { service: { name: 's', namespace: 'n' } } }] }) as unknown as {
      webhooks: object[]
    }
  ).webhooks
  assert.deepEqual(webhook, {
    ...hook,
    clientConfig: { service: { name: 's', namespace: 'n', port: 443 } },
    rules: [{ ...rule, scope: '*' }],
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    reinvocationPolicy: 'Never',
  })
})

test('a webhook says who it is, what it does and where it is', () => {
  assert.deepEqual(problems({}), [])
  const at = 'webhooks[0]'
  const cases: [object, string[]][] = [
    [{ name: 'a' }, [`${at}.name: Invalid value: "a": should be a domain with at least three segments separated by dots`]],
    [{ sideEffects: undefined }, [`${at}.sideEffects: Required value: must specify one of None, NoneOnDryRun`]],
    [{ sideEffects: 'Some' }, [`${at}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`]],
    [{ timeoutSeconds: 31 }, [`${at}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`]],
    [{ failurePolicy: 'Maybe' }, [`${at}.failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"`]],
    [{ admissionReviewVersions: undefined }, [`${at}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`]],
    [
      { admissionReviewVersions: ['v2', 'v2'] },
      [
        `${at}.admissionReviewVersions[1]: Invalid value: "v2": duplicate version`,
        `${at}.admissionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1`,
      ],
    ],
    [{ clientConfig: {} }, [`${at}.clientConfig: Required value: exactly one of url or service is required`]],
    [
      { clientConfig: { url: 'http://u@h/p?q#f' } },
      [
        `${at}.clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
        `${at}.clientConfig.url: Invalid value: "u": user information is not permitted in the URL`,
        `${at}.clientConfig.url: Invalid value: "f": fragments are not permitted in the URL`,
        `${at}.clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL`,
      ],
    ],
    [
      { clientConfig: { service: { path: 'a//b', port: 0 } } },
      [
        `${at}.clientConfig.service.name: Required value`,
        `${at}.clientConfig.service.namespace: Required value`,
        `${at}.clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive`,
        `${at}.clientConfig.service.path: Invalid value: "a//b": must start with a '/'`,
        `${at}.clientConfig.service.path: Invalid value: "a//b": segment[0] may not be empty`,
        `${at}.clientConfig.service.path: Invalid value: "a//b": segment[1] may not be empty`,
      ],
    ],
    [{ matchConditions: [{ name: 'c', expression: '1 + 1' }] }, [`${at}.matchConditions[0].expression: Invalid value: "1 + 1": must evaluate to bool`]],
    [
      { matchConditions: [{ name: 'c', expression: 'true' }, { name: 'c' }] },
      [`${at}.matchConditions[1].expression: Required value`, `${at}.matchConditions[1].name: Duplicate value: "c"`],
    ],
  ]
  for (const [more, expected] of cases) assert.deepEqual(problems(more), expected)
  assert.match(problems({ matchConditions: [{ name: 'c', expression: 'object.' }] }).join(), /compilation failed: ERROR: <input>:1:8: /)
})

test('rules with stars stand alone', () => {
  const at = 'webhooks[0].rules[0]'
  const of = (more: object) => problems({ rules: [{ ...rule, ...more }] })
  assert.deepEqual(of({ operations: ['*', 'CREATE', 'READ'] }), [
    `${at}.operations: Invalid value: ["*","CREATE","READ"]: if '*' is present, must not specify other operations`,
    `${at}.operations[2]: Unsupported value: "READ": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"`,
  ])
  assert.deepEqual(of({ resources: ['pods/*', 'pods/status'] }), [
    `${at}.resources[1]: Invalid value: "pods/status": if 'pods/*' is present, must not specify pods/status`,
  ])
  assert.deepEqual(of({ resources: ['*', 'pods'] }), [
    `${at}.resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`,
  ])
  assert.deepEqual(of({ apiGroups: [], apiVersions: [''], scope: 'All' }), [
    `${at}.apiGroups: Required value`,
    `${at}.apiVersions[0]: Required value`,
    `${at}.scope: Unsupported value: "All": supported values: "*", "Cluster", "Namespaced"`,
  ])
})

test('what was stored of a webhook may stay: its side effects, its name twice', () => {
  const old = { webhooks: [{ ...hook, sideEffects: 'Some' }, hook] }
  assert.equal(createProblems(mutatingWebhookConfigurations, old).length, 2)
  assert.deepEqual(updateProblems(mutatingWebhookConfigurations, old, old), [])
})

const spec = { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'object.spec.replicas < 5' }] }

test('a validating policy matches something and validates something', () => {
  const of = (more: object) => createProblems(validatingAdmissionPolicies, { spec: { ...spec, ...more } })
  assert.deepEqual(of({}), [])
  assert.deepEqual(createProblems(validatingAdmissionPolicies, {}), [
    'spec.matchConstraints: Required value',
    'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
    'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
  ])
  assert.deepEqual(of({ matchConstraints: {} }), ['spec.matchConstraints.resourceRules: Required value'])
  assert.deepEqual(of({ paramKind: { apiVersion: 'a/b/c', kind: 'K' } }), [
    'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
  ])
  assert.deepEqual(of({ variables: [{ name: 'if', expression: '1' }, {}] }), [
    'spec.variables[0].name: Invalid value: "if": name is not a valid CEL identifier',
    'spec.variables[1].name: Required value: name is not specified',
    'spec.variables[1].expression: Required value: expression is not specified',
  ])
  assert.deepEqual(of({ validations: [{ expression: 'true', message: 'a\nb', reason: 'Why', messageExpression: '1' }] }), [
    'spec.validations[0].messageExpression: Invalid value: "1": must evaluate to string',
    'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
    'spec.validations[0].reason: Unsupported value: "Why": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
  ])
  assert.match(of({ validations: [{ expression: 'params.x' }] }).join(), /undeclared reference to 'params'/)
  assert.deepEqual(of({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'params.data.x == "1"' }] }), [])
  assert.deepEqual(of({ auditAnnotations: [{ key: 'k', valueExpression: '1' }] }), [
    'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type]',
  ])
})

test('a mutating policy changes what is written', () => {
  const mutations = [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }]
  const good = { matchConstraints: spec.matchConstraints, mutations, reinvocationPolicy: 'Never' }
  const of = (more: object) => createProblems(mutatingAdmissionPolicies, { spec: { ...good, ...more } })
  assert.deepEqual(of({}), [])
  assert.deepEqual(of({ mutations: undefined, reinvocationPolicy: undefined }), [
    'spec.mutations: Required value: mutations must contain at least one item',
    'spec.reinvocationPolicy: Required value',
  ])
  assert.deepEqual(of({ mutations: [{ patchType: 'Other' }, { patchType: 'JSONPatch' }] }), [
    'spec.mutations[0].patchType: Unsupported value: "Other": supported values: "ApplyConfiguration", "JSONPatch"',
    'spec.mutations[1].jsonPatch: Required value: must be specified when patchType is JSONPatch',
  ])
  assert.deepEqual(of({ matchConstraints: { resourceRules: [{ ...rule, operations: ['DELETE'] }] } }), [
    'spec.matchConstraints.resourceRules: Unsupported value: "DELETE": supported values: "CREATE", "UPDATE"',
  ])
})

test('a binding names a policy, its parameters one way, and what becomes of a failure', () => {
  const good = { policyName: 'p', validationActions: ['Deny'] }
  const of = (more: object) => createProblems(validatingAdmissionPolicyBindings, { spec: { ...good, ...more } })
  assert.deepEqual(of({}), [])
  assert.deepEqual(of({ policyName: undefined, validationActions: undefined }), [
    'spec.policyName: Required value',
    'spec.validationActions: Required value: at least one validation action is required',
  ])
  assert.match(of({ validationActions: ['Deny', 'Warn'] }).join(), /must not contain both Deny and Warn/)
  assert.deepEqual(of({ paramRef: {} }), [
    'spec.paramRef: Required value: one of name or selector must be specified',
    'spec.paramRef.parameterNotFoundAction: Required value',
  ])
  assert.deepEqual(of({ paramRef: { name: 'n', selector: {}, parameterNotFoundAction: 'Deny' } }), [
    'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
    'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
  ])
  assert.deepEqual(createProblems(mutatingAdmissionPolicyBindings, { spec: { policyName: 'p' } }), [])
  assert.deepEqual(row(validatingAdmissionPolicyBindings, { spec: { ...good, paramRef: { name: 'n' } } }), {
    Name: 'a',
    PolicyName: 'p',
    ParamRef: '*/n',
    Age: '20s',
  })
  assert.deepEqual(row(validatingAdmissionPolicies, { spec: { ...spec, paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } } }), {
    Name: 'a',
    Validations: 1,
    ParamKind: 'v1/ConfigMap',
    Age: '20s',
  })
})
