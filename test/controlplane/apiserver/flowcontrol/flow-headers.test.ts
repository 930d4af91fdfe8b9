import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { belongsTo, inOrderOfPrecedence } from '../../../../src/controlplane/apiserver/flowcontrol/classify.ts'
import { FlowHeaders } from '../../../../src/controlplane/apiserver/flowcontrol/flow-headers.ts'
import { bootstrapFlowSchemas, bootstrapPriorityLevels } from '../../../../src/controlplane/apiserver/kinds/flowcontrol/bootstrap.ts'
import { makeBackend } from '../../harness.ts'

const asked = { verb: 'list', group: '', resource: 'pods', subresource: '', namespace: 'default', name: '' }

describe('by what a request is counted', () => {
  const rule = { verbs: ['list'], apiGroups: [''], resources: ['pods'], namespaces: ['default'] }
  const schema = (subject: object, rules: object = { resourceRules: [rule] }) =>
    ({ name: 's', precedence: 1, rules: [{ subjects: [subject], ...rules }] }) as never
  const jane = { name: 'jane', groups: ['devs'] }
  const account = { name: 'system:serviceaccount:ci:runner', groups: [] }
  const rows = [
    ['a user by name', schema({ kind: 'User', user: { name: 'jane' } }), jane, asked, true],
    ['another user', schema({ kind: 'User', user: { name: 'joe' } }), jane, asked, false],
    ['a group', schema({ kind: 'Group', group: { name: 'devs' } }), jane, asked, true],
    ['an account', schema({ kind: 'ServiceAccount', serviceAccount: { namespace: 'ci', name: '*' } }), account, asked, true],
    ['an account elsewhere', schema({ kind: 'ServiceAccount', serviceAccount: { namespace: 'cd', name: '*' } }), account, asked, false],
    ['another namespace', schema({ kind: 'User', user: { name: '*' } }), jane, { ...asked, namespace: 'x' }, false],
    ['all namespaces at once', schema({ kind: 'User', user: { name: '*' } }), jane, { ...asked, namespace: '' }, false],
    ['a subresource', schema({ kind: 'User', user: { name: '*' } }), jane, { ...asked, subresource: 'log' }, false],
    [
      'a path',
      schema({ kind: 'User', user: { name: '*' } }, { nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['/healthz/*'] }] }),
      jane,
      { ...asked, path: '/healthz/ping' },
      true,
    ],
  ] as const
  for (const [what, given, user, attributes, is] of rows)
    it(`${what} ${is ? 'is' : 'is not'} of the schema`, () => assert.equal(belongsTo(given, user, attributes), is))

  it('schemas are tried by precedence, then by name', () => {
    const named = (name: string, precedence: number) => ({ name, precedence, rules: [] })
    assert.deepEqual(
      inOrderOfPrecedence([named('b', 2), named('c', 1), named('a', 2)]).map(({ name }) => name),
      ['c', 'a', 'b'],
    )
  })

  it('is told by the uids of the schema and its level', async () => {
    const { backend, store } = await makeBackend()
    using flows = new FlowHeaders(store)
    assert.deepEqual(flows.of(jane, asked), {})
    for (const each of bootstrapPriorityLevels)
      await backend.create({ resource: 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io' }, structuredClone(each))
    for (const each of bootstrapFlowSchemas) await backend.create({ resource: 'flowschemas.flowcontrol.apiserver.k8s.io' }, structuredClone(each))
    const uid = async (resource: string, name: string) => (await backend.get({ resource: `${resource}.flowcontrol.apiserver.k8s.io`, name })).metadata?.uid
    const headers = flows.of({ name: 'root', groups: ['system:masters', 'system:authenticated'] }, asked)
    assert.equal(headers['x-kubernetes-pf-flowschema-uid'], await uid('flowschemas', 'exempt'))
    assert.equal(headers['x-kubernetes-pf-prioritylevel-uid'], await uid('prioritylevelconfigurations', 'exempt'))
    assert.equal(
      flows.of({ name: 'jane', groups: ['system:authenticated'] }, asked)['x-kubernetes-pf-flowschema-uid'],
      await uid('flowschemas', 'global-default'),
    )
  })
})
