import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiServices } from '../../../../../src/controlplane/apiserver/kinds/apiregistration/api-services.ts'
import { bootstrapFlowSchemas, bootstrapPriorityLevels } from '../../../../../src/controlplane/apiserver/kinds/flowcontrol/bootstrap.ts'
import { flowSchemas } from '../../../../../src/controlplane/apiserver/kinds/flowcontrol/flow-schemas.ts'
import { priorityLevelConfigurations } from '../../../../../src/controlplane/apiserver/kinds/flowcontrol/priority-level-configurations.ts'
import { createProblems, made, row } from '../kind-lab.ts'

test('what every cluster has is valid and as it is: nothing is defaulted in it', () => {
  for (const schema of bootstrapFlowSchemas) {
    assert.deepEqual(createProblems(flowSchemas, { ...schema }), [])
    assert.deepEqual((made(flowSchemas, { ...schema }) as typeof schema).spec, schema.spec)
  }
  for (const level of bootstrapPriorityLevels) {
    assert.deepEqual(createProblems(priorityLevelConfigurations, { ...level }), [])
    assert.deepEqual((made(priorityLevelConfigurations, { ...level }) as typeof level).spec, level.spec)
  }
  const names = new Set(bootstrapPriorityLevels.map(({ metadata }) => metadata?.name))
  assert.deepEqual(
    bootstrapFlowSchemas.filter(({ spec }) => !names.has(spec?.priorityLevelConfiguration?.name)),
    [],
  )
})

test('the mandatory ones stay as they are, but for the shares of the exempt level', () => {
  const metadata = { name: 'catch-all' }
  const [exempt] = bootstrapPriorityLevels
  const changed = { ...exempt, spec: { ...exempt?.spec, exempt: { nominalConcurrencyShares: 5, lendablePercent: 50 } } }
  assert.deepEqual(createProblems(priorityLevelConfigurations, changed), [])
  assert.match(
    createProblems(priorityLevelConfigurations, { metadata, spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } }).join(),
    /spec of 'catch-all' must equal the fixed value/,
  )
  assert.match(
    createProblems(flowSchemas, { metadata, spec: { priorityLevelConfiguration: { name: 'exempt' } } }).join(),
    /spec of 'catch-all' must equal the fixed value/,
  )
})

test('a flow schema has a precedence, a level and rules', () => {
  assert.deepEqual((made(flowSchemas, {}) as { spec?: unknown }).spec, { priorityLevelConfiguration: { name: '' }, matchingPrecedence: 1000 })
  assert.deepEqual(createProblems(flowSchemas, { spec: { matchingPrecedence: 1, distinguisherMethod: { type: 'ByMood' } } }), [
    "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    'spec.distinguisherMethod.type: Unsupported value: {"Type":"ByMood"}: supported values: "ByNamespace", "ByUser"',
    'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
  ])
  const of = (rule: object) => createProblems(flowSchemas, { spec: { priorityLevelConfiguration: { name: 'p' }, rules: [rule] } })
  assert.deepEqual(of({}), [
    'spec.rules[0].subjects: Required value: subjects must contain at least one value',
    'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
  ])
  const group = { kind: 'Group', group: { name: 'g' } }
  const urls = (...nonResourceURLs: string[]) => of({ subjects: [group], nonResourceRules: [{ verbs: ['get'], nonResourceURLs }] })
  assert.deepEqual(urls('/a', '/b/*'), [])
  assert.deepEqual(
    urls('a', '/a b', '//', '/*/a').map((line) => line.slice('spec.rules[0].nonResourceRules[0].nonResourceURLs'.length)),
    [
      '[0]: Invalid value: "a": must start with slash',
      '[1]: Invalid value: "/a b": must not contain white-space',
      '[2]: Invalid value: "//": must not contain double slash',
      '[3]: Invalid value: "/*/a": wildcard can only do suffix matching',
    ],
  )
  const user = { kind: 'User', serviceAccount: { name: 's', namespace: 'n' } }
  assert.deepEqual(of({ subjects: [user, { kind: 'Robot' }], resourceRules: [{ verbs: ['fly'], apiGroups: ['*', 'a'], resources: ['pods'] }] }), [
    "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
    "spec.rules[0].subjects[0].serviceAccount: Forbidden: serviceAccount is forbidden when subject kind is not 'ServiceAccount'",
    'spec.rules[0].subjects[1].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
    'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["fly"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
    'spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other api groups',
    'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
  ])
})

test('a priority level queues or refuses', () => {
  const of = (spec: object) => createProblems(priorityLevelConfigurations, { spec })
  const queue = (queuing: object) => of({ type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing } } })
  assert.deepEqual(queue({}), [], '64 queues, hands of 8, 50 long')
  assert.deepEqual(queue({ queues: 4, handSize: 5 }), ['spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)'])
  assert.deepEqual(queue({ queues: 1000, handSize: 7 }), [
    'spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1000 and handSize 7 should not be greater than 60',
  ])
  assert.deepEqual(of({ type: 'Limited' }), ['spec.limited: Required value: must not be empty when type is Limited'])
  assert.deepEqual(of({ type: 'Exempt', limited: { limitResponse: { type: 'Reject' } } }), [
    "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'",
    'spec.limited: Forbidden: must be nil if the type is not Limited',
  ])
  const shown = row(priorityLevelConfigurations, { spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } } })
  assert.deepEqual(shown, { Name: 'a', Type: 'Limited', NominalConcurrencyShares: 30, Queues: 64, HandSize: 8, QueueLengthLimit: 50, Age: '20s' })
})

test('an API service is named by its version and group, and is local or somewhere', () => {
  const good = { metadata: { name: 'v1.example.com' }, spec: { group: 'example.com', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10 } }
  assert.deepEqual(createProblems(apiServices, good), [])
  assert.deepEqual(createProblems(apiServices, { ...good, metadata: { name: 'x' } }), [
    'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.example.com"',
  ])
  assert.deepEqual(
    createProblems(apiServices, { metadata: { name: 'v2.' }, spec: { version: 'v2', groupPriorityMinimum: 20_001, insecureSkipTLSVerify: true } }),
    [
      'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
      'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
      'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
    ],
  )
  const remote = { ...good, spec: { ...good.spec, service: { name: 's', namespace: 'n' } } }
  assert.deepEqual(createProblems(apiServices, remote), [])
  const local = made(apiServices, good)
  apiServices.prepareCreate(local)
  assert.equal(apiServices.printer.cells(local, 0)[2], 'True')
  const elsewhere = made(apiServices, remote)
  apiServices.prepareCreate(elsewhere)
  assert.equal(apiServices.printer.cells(elsewhere, 0)[2], 'Unknown', 'whether it answers is found out')
  assert.deepEqual(row(apiServices, remote), { Name: 'v1.example.com', Service: 'n/s', Available: 'Unknown', Age: '20s' })
})
