import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { NodeCaller } from '../../../../src/controlplane/apiserver/node/node-caller.ts'
import type { LocalBackend } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { serverParts } from '../../../../src/controlplane/assembly.ts'
import { loadPki } from '../../../../src/controlplane/pki/files.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'

let backend: LocalBackend

before(async () => {
  const pki = await loadPki(undefined, [], Date.UTC(2026, 0, 1))
  const { definitions, admission } = serverParts(pki, new NodeCaller(pki.nodeCaller))
  backend = (await makeBackend({ definitions, admissions: admission.mutating, validations: admission.validating })).backend
})

async function review(resourceAttributes: object): Promise<{ allowed: boolean; reason?: string }> {
  const spec = { user: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'], resourceAttributes }
  const answer = await backend.create({ resource: 'subjectaccessreviews.authorization.k8s.io' }, { spec } as unknown as KubeObject)
  return (answer as KubeObject & { status: { allowed: boolean; reason?: string } }).status
}

test('a review of a list says what it is limited to, as text or in parts', async () => {
  const pods = { verb: 'list', resource: 'pods' }
  const requirement = (operator: string, ...values: string[]) => ({ requirements: [{ key: 'spec.nodeName', operator, values }] })
  for (const [fieldSelector, allowed] of [
    [undefined, false],
    [{ rawSelector: 'spec.nodeName=n1' }, true],
    [{ rawSelector: 'spec.nodeName=n2' }, false],
    [{ rawSelector: 'spec.nodeName' }, false],
    [requirement('In', 'n1'), true],
    [requirement('In', 'n1', 'n2'), false],
    [requirement('NotIn', 'n1'), false],
    [requirement('Exists'), false],
  ] as const)
    assert.equal((await review({ ...pods, ...(fieldSelector && { fieldSelector }) })).allowed, allowed, JSON.stringify(fieldSelector))
})

test('a review tells kinds of one name apart by their group, and says why not', async () => {
  assert.equal((await review({ verb: 'list', resource: 'services' })).allowed, true)
  assert.equal((await review({ verb: 'list', resource: 'services', group: 'example.com' })).allowed, false)
  const { allowed, reason } = await review({ verb: 'get', resource: 'nodes', name: 'n2' })
  assert.deepEqual([allowed, reason], [false, "node 'n1' cannot read 'n2', only its own Node object"])
})
