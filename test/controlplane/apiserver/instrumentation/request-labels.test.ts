import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLongRunning, requestLabels } from '../../../../src/controlplane/apiserver/instrumentation/request-labels.ts'

type Asked = readonly [what: string, over: Record<string, string>, contentType: string | undefined, labels: string]

const none = { verb: 'get', group: '', resource: 'pods', subresource: '', namespace: '', name: '' }
/** verb group/version/resource/subresource scope, as kube-apiserver 1.36 counts it. */
const table: readonly Asked[] = [
  ['a pod that is read', { namespace: 'a', name: 'p' }, undefined, 'GET /v1/pods/ resource'],
  ['the pods of a namespace', { verb: 'list', namespace: 'a' }, undefined, 'LIST /v1/pods/ namespace'],
  ['all pods, watched', { verb: 'watch' }, undefined, 'WATCH /v1/pods/ cluster'],
  ['a new pod', { verb: 'create', namespace: 'a' }, 'application/json', 'POST /v1/pods/ resource'],
  ['a status that is written', { verb: 'update', namespace: 'a', name: 'p', subresource: 'status' }, 'application/json', 'PUT /v1/pods/status resource'],
  ['a patch', { verb: 'patch', namespace: 'a', name: 'p' }, 'application/merge-patch+json', 'PATCH /v1/pods/ resource'],
  ['what is applied', { verb: 'patch', namespace: 'a', name: 'p' }, 'application/apply-patch+yaml', 'APPLY /v1/pods/ resource'],
  ['a collection that is deleted', { verb: 'deletecollection', namespace: 'a' }, undefined, 'DELETECOLLECTION /v1/pods/ namespace'],
  ['a program that is run', { verb: 'create', namespace: 'a', name: 'p', subresource: 'exec' }, undefined, 'CONNECT /v1/pods/exec resource'],
  ['a log', { verb: 'get', namespace: 'a', name: 'p', subresource: 'log' }, undefined, 'GET /v1/pods/log resource'],
]

for (const [what, over, contentType, expected] of table)
  test(`${what} counts as ${expected}`, () => {
    const attributes = { ...none, ...over }
    const { verb, group, version, resource, subresource, scope, component, dry_run } = requestLabels({
      attributes,
      path: { version: 'v1' },
      isDryRun: what === 'a new pod',
      contentType,
    })
    assert.equal(`${verb} ${group}/${version}/${resource}/${subresource} ${scope}`, expected)
    assert.deepEqual([component, dry_run], ['apiserver', what === 'a new pod' ? 'All' : ''])
    assert.equal(isLongRunning(attributes), ['all pods, watched', 'a program that is run', 'a log'].includes(what))
  })

test('a path that is no resource makes no label of a caller’s', () => {
  const labelOf = (path: string) => requestLabels({ attributes: { ...none, resource: '', path }, isDryRun: false, contentType: undefined }).subresource
  assert.deepEqual(['/healthz', '/metrics', '/x', '/apis/foo'].map(labelOf), ['/healthz', '/metrics', '', ''])
})
