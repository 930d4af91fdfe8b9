import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mutatingAdmissionPolicies } from '../../../../../src/controlplane/apiserver/kinds/admissionregistration/mutating-admission-policies.ts'
import { validatingAdmissionPolicies } from '../../../../../src/controlplane/apiserver/kinds/admissionregistration/validating-admission-policies.ts'
import { createProblems } from '../kind-lab.ts'

const matchConstraints = { resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }] }
const validating = (spec: object) => createProblems(validatingAdmissionPolicies, { spec: { matchConstraints, validations: [{ expression: 'true' }], ...spec } })
const mutating = (mutation: object) =>
  createProblems(mutatingAdmissionPolicies, { spec: { matchConstraints, reinvocationPolicy: 'Never', mutations: [mutation] } })

test('a policy’s expressions know the types of the request and of the variables before them', () => {
  assert.deepEqual(
    validating({ variables: [{ name: 'n', expression: 'object.spec.containers.size()' }], validations: [{ expression: 'variables.n > 1 && request.dryRun' }] }),
    [],
  )
  const at = 'spec.validations[0].expression: Invalid value:'
  assert.deepEqual(validating({ validations: [{ expression: 'request.nosuch' }] }), [
    `${at} "request.nosuch": compilation failed: ERROR: <input>:1:8: undefined field 'nosuch'\n | request.nosuch\n | .......^`,
  ])
  assert.deepEqual(validating({ variables: [{ name: 'n', expression: '1' }], validations: [{ expression: "variables.n == 'a'" }] }), [
    `${at} "variables.n == 'a'": compilation failed: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(int, string)'\n | variables.n == 'a'\n | ............^`,
  ])
  assert.deepEqual(validating({ validations: [{ expression: 'params.x == 1' }] }), [
    `${at} "params.x == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^`,
  ])
})

test('a variable may name those before it, and no others', () => {
  const variables = [
    { name: 'a', expression: '1' },
    { name: 'b', expression: 'variables.a + 1' },
    { name: 'c', expression: 'variables.d' },
  ]
  assert.deepEqual(validating({ variables }), [
    `spec.variables[2].expression: Invalid value: "variables.d": compilation failed: ERROR: <input>:1:10: undefined field 'd'\n | variables.d\n | .........^`,
  ])
})

test('a mutation makes an object or a list of patches', () => {
  assert.deepEqual(mutating({ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{spec: Object.spec{hostNetwork: false}}' } }), [])
  assert.deepEqual(
    mutating({ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b")}]' } }),
    [],
  )
  assert.deepEqual(mutating({ patchType: 'ApplyConfiguration', applyConfiguration: { expression: '1' } }), [
    'spec.mutations[0].applyConfiguration.expression: Invalid value: "1": must evaluate to Object',
  ])
  assert.deepEqual(mutating({ patchType: 'JSONPatch', jsonPatch: { expression: 'Object{}' } }), [
    'spec.mutations[0].jsonPatch.expression: Invalid value: "Object{}": must evaluate to list(JSONPatch)',
  ])
  assert.match(mutating({ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{verb: "x"}]' } }).join(), /undefined field 'verb'/)
})
