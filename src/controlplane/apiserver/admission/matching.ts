import type { KubeObject } from '../../../kube/objects.ts'
import { selectorText } from '../../../kube/selector-text.ts'
import type { LabelSelectorLike } from '../../../kube/validation/label-selector-validation.ts'
import type { ResourceDefinition } from '../resource.ts'
import type { RestEnvironment } from '../rest/environment.ts'
import { parseLabelSelector } from '../rest/label-selector.ts'
import { notFound } from '../rest/status-errors.ts'
import { type HookRequest, newObject, oldObject } from './hooks.ts'

/** A rule of a webhook, or a named rule of a policy. */
export interface MatchRule {
  readonly operations?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly apiVersions?: readonly string[]
  readonly resources?: readonly string[]
  readonly scope?: string
  /** Of policies: only objects of these names. */
  readonly resourceNames?: readonly string[]
}

/** What a webhook or policy is about. */
export interface MatchCriteria {
  readonly rules: readonly MatchRule[]
  readonly excluded?: readonly MatchRule[]
  /** `Equivalent` unless said: a request in another version of the same resource matches too. */
  readonly matchPolicy?: string
  readonly namespaceSelector?: LabelSelectorLike
  readonly objectSelector?: LabelSelectorLike
}

type Where = Pick<ResourceDefinition, 'group' | 'version' | 'resource'>

const anyOrHas = (list: readonly string[] | undefined, value: string) => list?.some((entry) => entry === '*' || entry === value) ?? false

function matchesResource(resources: readonly string[] | undefined, resource: string, subresource: string): boolean {
  return (resources ?? []).some((entry) => {
    const [name = '', sub = ''] = entry.split('/')
    return (name === '*' || name === resource) && (sub === '*' || sub === subresource)
  })
}

// A namespace is in itself, but it is an object of the cluster.
function matchesScope(scope: string | undefined, { definition, namespace }: HookRequest): boolean {
  const inNamespace = namespace !== '' && !isNamespace(definition)
  return scope === undefined || scope === '' || scope === '*' || (scope === 'Namespaced') === inNamespace
}

const isNamespace = ({ group, resource }: Where) => group === '' && resource === 'namespaces'

function matchesRule(rule: MatchRule, request: HookRequest, at: Where): boolean {
  return (
    anyOrHas(rule.operations, request.operation) &&
    anyOrHas(rule.apiGroups, at.group) &&
    anyOrHas(rule.apiVersions, at.version) &&
    matchesResource(rule.resources, at.resource, request.subresource) &&
    matchesScope(rule.scope, request) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(request.name))
  )
}

/** The same objects under other names: other versions, other groups. */
function equivalents(definition: ResourceDefinition, { definitions }: RestEnvironment): readonly ResourceDefinition[] {
  if (definition.storagePrefix === undefined) return []
  return definitions.all.filter((other) => other !== definition && other.storagePrefix === definition.storagePrefix)
}

/** The version of the resource that rules match a request in; undefined when they do not. */
export function matchRules(
  { rules, matchPolicy }: Pick<MatchCriteria, 'rules' | 'matchPolicy'>,
  request: HookRequest,
  environment: RestEnvironment,
): ResourceDefinition | undefined {
  const { definition } = request
  if (rules.some((rule) => matchesRule(rule, request, definition))) return definition
  if (matchPolicy === 'Exact') return undefined
  return equivalents(definition, environment).find((other) => rules.some((rule) => matchesRule(rule, request, other)))
}

/** Whether everything but the selectors says that the request is meant, and in which version. */
function matchBoth(criteria: MatchCriteria, request: HookRequest, environment: RestEnvironment): ResourceDefinition | undefined {
  const { excluded = [], matchPolicy } = criteria
  if (excluded.length > 0 && matchRules({ rules: excluded, matchPolicy }, request, environment)) return undefined
  return matchRules(criteria, request, environment)
}

type Test = (labels: Readonly<Record<string, string>> | undefined) => boolean
const tests = new WeakMap<LabelSelectorLike, Test>()
const everything: Test = () => true

/** A label selector as a test; objects of the store never change, so it is made once. */
export function selectorTest(selector: LabelSelectorLike | undefined): Test {
  if (!selector) return everything
  const known = tests.get(selector)
  if (known) return known
  const test = parseLabelSelector(selectorText(selector)) ?? everything
  tests.set(selector, test)
  return test
}

const labelsOf = (object: KubeObject | null | undefined) => object?.metadata?.labels as Readonly<Record<string, string>> | undefined

/** The namespace that a request is in, as it is stored. */
export const namespaceOf = ({ namespace }: HookRequest, { store }: RestEnvironment): KubeObject | undefined =>
  namespace === '' ? undefined : store.get('namespaces', namespace)?.object

function matchesNamespace(selector: LabelSelectorLike | undefined, request: HookRequest, environment: RestEnvironment): boolean {
  const test = selectorTest(selector)
  if (test === everything) return true
  const { definition, operation, object, name, namespace } = request
  if (isNamespace(definition)) {
    // What a namespace is being made or changed into is not stored yet.
    const changed = request.subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')
    return test(labelsOf(changed ? object : environment.store.get('namespaces', name)?.object))
  }
  if (namespace === '') return true
  const found = namespaceOf(request, environment)
  if (!found) throw notFound({ group: '', resource: 'namespaces', kind: 'Namespace' }, namespace)
  return test(labelsOf(found))
}

function matchesObject(selector: LabelSelectorLike | undefined, request: HookRequest): boolean {
  const test = selectorTest(selector)
  if (test === everything) return true
  return [newObject(request), oldObject(request)].some((object) => object !== null && test(labelsOf(object)))
}

/** The version in which a webhook or policy sees a request; undefined when it is not about it. Throws a 404 when the request's namespace is not there. */
export function match(criteria: MatchCriteria, request: HookRequest, environment: RestEnvironment): ResourceDefinition | undefined {
  const definition = matchBoth(criteria, request, environment)
  return definition && matchSelectors(criteria, request, environment) ? definition : undefined
}

/** Whether a request fits the selectors. Throws a 404 when its namespace is not there. */
export function matchSelectors({ namespaceSelector, objectSelector }: MatchCriteria, request: HookRequest, environment: RestEnvironment): boolean {
  return matchesNamespace(namespaceSelector, request, environment) && matchesObject(objectSelector, request)
}

/** An object of the request in another version of its resource. */
export async function converted(object: KubeObject | null, from: ResourceDefinition, to: ResourceDefinition): Promise<KubeObject | null> {
  if (object === null || from === to) return object
  const stored = (await from.toStorage?.(object)) ?? object
  return (await to.fromStorage?.(stored)) ?? stored
}

const configurations = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
])

/** What sets admission up is not itself subject to it, or nobody could mend it. */
export const isExempt = ({ group, resource }: Where): boolean => group === 'admissionregistration.k8s.io' && configurations.has(resource)

/** The stored objects of an admission kind, by name. */
export function stored<T extends KubeObject>(resource: string, { definitions, store }: RestEnvironment): T[] {
  const prefix = definitions.at('admissionregistration.k8s.io', 'v1', resource)?.storagePrefix
  if (prefix === undefined) return []
  const { all } = store.collection(prefix)
  return all.size === 0 ? [] : [...all.inOrder()].map(({ object }) => object as T)
}
