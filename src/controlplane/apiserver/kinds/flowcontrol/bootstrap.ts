import type { FlowcontrolV1Subject, V1FlowSchema, V1PolicyRulesWithSubjects, V1PriorityLevelConfiguration, V1ResourcePolicyRule } from '@kubernetes/client-node'
import type { Given, GivenPart } from '../given.ts'

type FlowSchema = Given<V1FlowSchema>
type Level = Given<V1PriorityLevelConfiguration>
type Rules = GivenPart<V1PolicyRulesWithSubjects>
type Subject = GivenPart<FlowcontrolV1Subject>

// k8s.io/apiserver/pkg/apis/flowcontrol/bootstrap of Kubernetes 1.36.

const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' }

const limited = (name: string, nominalConcurrencyShares: number, lendablePercent: number, queues: number, handSize: number): Level => ({
  metadata: { name, annotations },
  spec: {
    type: 'Limited',
    limited: { nominalConcurrencyShares, lendablePercent, limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } } },
  },
})

/** The two levels that every API server has; their specs cannot be changed. */
export const mandatoryPriorityLevels: readonly Level[] = [
  { metadata: { name: 'exempt', annotations }, spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } } },
  {
    metadata: { name: 'catch-all', annotations },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } } },
  },
]

const suggestedPriorityLevels: readonly Level[] = [
  limited('system', 30, 33, 64, 6),
  limited('node-high', 40, 25, 64, 6),
  limited('leader-election', 10, 0, 16, 4),
  limited('workload-high', 40, 50, 128, 6),
  limited('workload-low', 100, 90, 128, 6),
  limited('global-default', 20, 50, 128, 6),
]

const groups = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'Group', group: { name } }))
const users = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'User', user: { name } }))
const accounts = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'kube-system' } }))

const all = ['*']
const resourceRule = (verbs: string[], apiGroups: string[], resources: string[], clusterScope = false): GivenPart<V1ResourcePolicyRule> => ({
  verbs,
  apiGroups,
  resources,
  ...(clusterScope && { clusterScope }),
  namespaces: all,
})
const everything = (subjects: Subject[]): Rules => ({
  subjects,
  resourceRules: [resourceRule(all, all, all, true)],
  nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
})
const leases = resourceRule(['get', 'create', 'update'], ['coordination.k8s.io'], ['leases'])

const schema = (name: string, level: string, matchingPrecedence: number, method: 'ByUser' | 'ByNamespace' | undefined, rules: Rules): FlowSchema => ({
  metadata: { name, annotations },
  spec: {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence,
    ...(method && { distinguisherMethod: { type: method } }),
    rules: [rules],
  },
})

const everybody = groups('system:unauthenticated', 'system:authenticated')

/** The two schemas that every API server has; their specs cannot be changed. */
export const mandatoryFlowSchemas: readonly FlowSchema[] = [
  schema('exempt', 'exempt', 1, undefined, everything(groups('system:masters'))),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', everything(everybody)),
]

const suggestedFlowSchemas: readonly FlowSchema[] = [
  schema('system-nodes', 'system', 500, 'ByUser', everything(groups('system:nodes'))),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [resourceRule(all, [''], ['nodes', 'nodes/status'], true), resourceRule(all, ['coordination.k8s.io'], ['leases'])],
  }),
  schema('probes', 'exempt', 2, undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...accounts('*')],
    resourceRules: [leases],
  }),
  schema('endpoint-controller', 'workload-high', 150, 'ByUser', {
    subjects: [...users('system:kube-controller-manager'), ...accounts('endpoint-controller', 'endpointslicemirroring-controller')],
    resourceRules: [resourceRule(['get', 'create', 'update'], [''], ['endpoints'])],
  }),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', { subjects: accounts('*'), resourceRules: [leases] }),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', everything(users('system:kube-controller-manager'))),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything(users('system:kube-scheduler'))),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything(accounts('*'))),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', everything(groups('system:serviceaccounts'))),
  schema('global-default', 'global-default', 9900, 'ByUser', everything(everybody)),
]

/** Made by every API server at its start, where they are not there. */
export const bootstrapPriorityLevels: readonly Level[] = [...mandatoryPriorityLevels, ...suggestedPriorityLevels]
/** Made by every API server at its start, where they are not there. */
export const bootstrapFlowSchemas: readonly FlowSchema[] = [...mandatoryFlowSchemas, ...suggestedFlowSchemas]
