import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compacted, described, uncovered } from '../../../../../src/controlplane/apiserver/auth/rbac/covers.ts'
import { type PolicyRule, ruleAllows } from '../../../../../src/controlplane/apiserver/auth/rbac/policy-rule.ts'

const shown = (rules: readonly PolicyRule[]) => compacted(rules).map(described).sort()

test('what is not held is told as upstream tells it: by group and resource, with the verbs together', () => {
  const held: PolicyRule[] = [{ verbs: ['get'], apiGroups: [''], resources: ['pods', '*/status'] }]
  const wanted: PolicyRule[] = [
    { verbs: ['get', 'list', 'watch'], apiGroups: ['', 'apps'], resources: ['pods'] },
    { verbs: ['get'], apiGroups: [''], resources: ['services/status'] },
    { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'] },
    { verbs: ['get', 'post'], nonResourceURLs: ['/metrics'] },
  ]
  assert.deepEqual(shown(uncovered(held, wanted)), [
    '{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}',
    '{APIGroups:[""], Resources:["secrets"], ResourceNames:["a"], Verbs:["get"]}',
    '{APIGroups:[""], Resources:["secrets"], ResourceNames:["b"], Verbs:["get"]}',
    '{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "list" "watch"]}',
    '{NonResourceURLs:["/metrics"], Verbs:["get"]}',
    '{NonResourceURLs:["/metrics"], Verbs:["post"]}',
  ])
})

test('a right over some names does not cover one over all, and a star only a star', () => {
  const some: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] }
  const every: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] }
  const star: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }
  assert.equal(uncovered([some], [every]).length, 1)
  assert.equal(uncovered([every], [some]).length, 0)
  assert.equal(uncovered([{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }], [star]).length, 1)
  assert.equal(uncovered([star], [some, every, star]).length, 0)
  assert.equal(uncovered([{ verbs: ['get'], nonResourceURLs: ['/api/*'] }], [{ verbs: ['get'], nonResourceURLs: ['/api/v1', '/apis'] }]).length, 1)
})

const some = (...of: string[]) => fc.subarray(of, { minLength: 1 })
const aRule: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record(
    {
      verbs: some('get', 'list', '*'),
      apiGroups: some('', 'apps', '*'),
      resources: some('pods', 'pods/scale', 'deployments', '*/scale', '*'),
      resourceNames: fc.subarray(['a', 'b']),
    },
    { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
  ),
  fc.record({ verbs: some('get', '*'), nonResourceURLs: some('/a', '/a/*', '/a/b', '*') }),
)
const requests = ['get', 'list', 'patch'].flatMap((verb) => [
  ...['', 'apps', 'batch'].flatMap((group) =>
    ['pods', 'deployments', 'jobs'].flatMap((resource) =>
      ['', 'scale', 'log'].flatMap((subresource) => ['', 'a', 'c'].map((name) => ({ verb, group, resource, subresource, namespace: '', name }))),
    ),
  ),
  ...['/a', '/a/b', '/a/c', '/b'].map((path) => ({ verb, group: '', resource: '', subresource: '', namespace: '', name: '', path })),
])

test('who is found to have all that he gives could have done whatever it allows', () => {
  fc.assert(
    fc.property(fc.array(aRule, { maxLength: 4 }), fc.array(aRule, { maxLength: 3 }), (held, wanted) => {
      const missing = uncovered(held, wanted)
      for (const asked of requests) {
        const given = wanted.some((rule) => ruleAllows(rule, asked))
        const had = held.some((rule) => ruleAllows(rule, asked))
        // What is told to be missing is all that there is.
        if (given && !had)
          assert.ok(
            missing.some((rule) => ruleAllows(rule, asked)),
            JSON.stringify(asked),
          )
      }
    }),
  )
})
