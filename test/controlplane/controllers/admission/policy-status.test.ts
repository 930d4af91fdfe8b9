import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { checkPolicyTypes } from '../../../../src/controlplane/controllers/admission/policy-status.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

const resource = 'validatingadmissionpolicies.admissionregistration.k8s.io'

interface Checked extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly typeChecking?: { readonly expressionWarnings?: readonly object[] } }
}

/** A policy about kinds, and its status once it was checked. */
async function checked(rule: object, expression: string, more: object = {}): Promise<Checked['status']> {
  const { backend, definitions, clock } = await makeBackend()
  const stopping = new AbortController()
  const running = checkPolicyTypes({ backend, clock, log: silentLogger, signal: stopping.signal, kinds: definitions })
  const resourceRules = [{ operations: ['CREATE'], apiVersions: ['v1'], ...rule }]
  await backend.create({ resource }, {
    metadata: { name: 'p' },
    spec: { matchConstraints: { resourceRules }, validations: [{ expression }], ...more },
  } as KubeObject)
  for await (const { object } of backend.watch({ resource }, { signal: AbortSignal.timeout(10_000) })) {
    const { status, metadata } = object as Checked
    if (status?.observedGeneration === undefined || status.observedGeneration !== metadata?.generation) continue
    stopping.abort()
    await running
    return status
  }
  return assert.fail('the policy was not checked')
}

test('a policy that fits the types of its kinds has an empty type check', async () => {
  const status = await checked(
    { apiGroups: ['apps'], resources: ['deployments'] },
    "object.spec.replicas > 1 && object.metadata.labels['a'] == 'b' && object.spec.template.spec.containers.all(c, c.image != '')",
  )
  assert.deepEqual(status, { observedGeneration: 1, typeChecking: {} })
})

test('what does not fit is told with the kind and the place', async () => {
  const status = await checked({ apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'deployments/status'] }, "object.replicas == '1'")
  const issue = "ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas == '1'\n | ......^"
  const warning = `apps/v1, Kind=Deployment: ${issue}\n\napps/v1, Kind=StatefulSet: ${issue}\n`
  assert.deepEqual(status?.typeChecking?.expressionWarnings, [{ fieldRef: 'spec.validations[0].expression', warning }])
})

test('variables and parameters have their types too', async () => {
  const status = await checked({ apiGroups: [''], resources: ['pods'] }, 'variables.names.size() > params.data.size() && variables.names[0] == 1', {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    variables: [{ name: 'names', expression: 'object.spec.containers.map(c, c.name)' }],
  })
  const issue = "found no matching overload for '_==_' applied to '(string, int)'"
  assert.ok(JSON.stringify(status?.typeChecking).includes(issue), JSON.stringify(status))
})

test('a rule with a star is about too many kinds to be checked', async () => {
  assert.deepEqual(await checked({ apiGroups: ['*'], resources: ['pods'] }, 'object.nosuch'), { observedGeneration: 1, typeChecking: {} })
})
