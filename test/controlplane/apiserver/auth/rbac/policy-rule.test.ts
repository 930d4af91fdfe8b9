import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PolicyRule, ruleAllows } from '../../../../../src/controlplane/apiserver/auth/rbac/policy-rule.ts'

const blank = { group: '', resource: '', subresource: '', namespace: '', name: '' }

/** `verb resource[/subresource][.group] [name]`, or `verb /path`. */
function asked(text: string) {
  const [verb = '', what = '', name = ''] = text.split(' ')
  if (what.startsWith('/')) return { ...blank, verb, path: what }
  const [whole = '', ...group] = what.split('.')
  const [resource = '', subresource = ''] = whole.split('/')
  return { ...blank, verb, group: group.join('.'), resource, subresource, name }
}

const pods: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }
const named: PolicyRule = { verbs: ['get', 'update'], apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['web', 'api'] }
const scales: PolicyRule = { verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] }
const log: PolicyRule = { verbs: ['*'], apiGroups: [''], resources: ['pods/log'] }
const all: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }
const urls: PolicyRule = { verbs: ['get'], nonResourceURLs: ['/healthz', '/api/*', '/metrics**'] }
const anyUrl: PolicyRule = { verbs: ['*'], nonResourceURLs: ['*'] }
const verbsOnly: PolicyRule = { verbs: ['get'] }

for (const [rule, text, expected] of [
  [pods, 'get pods', true],
  [pods, 'get pods a', true],
  [pods, 'delete pods a', false],
  [pods, 'get pods.metrics.k8s.io', false],
  [pods, 'get pods/log a', false],
  [pods, 'get pod', false],
  [pods, 'get /pods', false],
  [named, 'get deployments.apps web', true],
  [named, 'update deployments.apps api', true],
  [named, 'get deployments.apps other', false],
  [named, 'list deployments.apps', false],
  [scales, 'get deployments/scale.apps x', true],
  [scales, 'get replicationcontrollers/scale x', true],
  [scales, 'get deployments.apps x', false],
  [scales, 'get deployments/status.apps x', false],
  [log, 'get pods/log a', true],
  [log, 'get pods a', false],
  [all, 'impersonate users bob', true],
  [all, 'get pods/exec a', true],
  [all, 'get /healthz', false],
  [urls, 'get /healthz', true],
  [urls, 'get /healthz/etcd', false],
  [urls, 'get /api/', true],
  [urls, 'get /api/v1', true],
  [urls, 'get /api', false],
  [urls, 'get /metrics/slis', true],
  [urls, 'post /healthz', false],
  [urls, 'get pods', false],
  [anyUrl, 'post /anything', true],
  [verbsOnly, 'get pods', false],
  [{}, 'get pods', false],
] as const)
  test(`${JSON.stringify(rule)} ${expected ? 'allows' : 'does not allow'} ${text}`, () => {
    assert.equal(ruleAllows(rule, asked(text)), expected)
  })
