import { readYaml } from '../../../yaml/read-yaml.ts'

const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type AuditLevel = (typeof levels)[number]
export type AuditStage = (typeof stages)[number]

/** audit.k8s.io/v1 PolicyRule. What is not said, or empty, is all. */
interface PolicyRule {
  readonly level: AuditLevel
  readonly users?: readonly string[]
  readonly userGroups?: readonly string[]
  readonly verbs?: readonly string[]
  readonly resources?: readonly { readonly group?: string; readonly resources?: readonly string[]; readonly resourceNames?: readonly string[] }[]
  readonly namespaces?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
  readonly omitStages?: readonly AuditStage[]
  readonly omitManagedFields?: boolean
}

/** audit.k8s.io/v1 Policy: the first rule that fits a request says how much is written of it. */
export interface AuditPolicy {
  readonly rules: readonly PolicyRule[]
  readonly omitStages?: readonly AuditStage[]
  readonly omitManagedFields?: boolean
}

/** Who asks for what, as rules look at it. */
export interface AuditedRequest {
  readonly user: string
  readonly groups: readonly string[]
  readonly verb: string
  /** Of a request that is about no resource. */
  readonly path?: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
}

/** How much is written of a request. */
export interface AuditDecision {
  readonly level: AuditLevel
  readonly omitStages: ReadonlySet<AuditStage>
  readonly omitManagedFields: boolean
}

/** Where no policy is given: who did what with which outcome, once for each request, and no contents. */
export const metadataOfAll: AuditPolicy = { rules: [{ level: 'Metadata' }], omitStages: ['RequestReceived'] }

/** Reads a policy (YAML or JSON). Throws an error that names the field. */
export function readAuditPolicy(text: string): AuditPolicy {
  const policy = readYaml(text)
  if (!isRecord(policy)) throw new Error('an audit policy must be an object with apiVersion audit.k8s.io/v1 and kind Policy')
  if (policy.apiVersion !== 'audit.k8s.io/v1' || policy.kind !== 'Policy')
    throw new Error(`apiVersion and kind must be audit.k8s.io/v1 and Policy, not ${String(policy.apiVersion)} and ${String(policy.kind)}`)
  if (!Array.isArray(policy.rules) || policy.rules.length === 0) throw new Error('rules: Required value: an audit policy needs one rule at least')
  checkStages('omitStages', policy.omitStages)
  for (const [index, rule] of policy.rules.entries()) checkRule(`rules[${index}]`, rule)
  return policy as unknown as AuditPolicy
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function checkRule(at: string, rule: unknown): void {
  if (!isRecord(rule)) throw new Error(`${at}: must be an object`)
  if (!levels.some((level) => level === rule.level))
    throw new Error(`${at}.level: Unsupported value: ${JSON.stringify(rule.level ?? '')}: supported values: ${levels.join(', ')}`)
  checkStages(`${at}.omitStages`, rule.omitStages)
  for (const field of ['users', 'userGroups', 'verbs', 'namespaces', 'nonResourceURLs'])
    if (rule[field] !== undefined && !isTexts(rule[field])) throw new Error(`${at}.${field}: must be a list of texts`)
  if (rule.nonResourceURLs !== undefined && (rule.resources !== undefined || rule.namespaces !== undefined))
    throw new Error(`${at}.nonResourceURLs: Invalid value: rules cannot apply to both regular resources and non-resource URLs`)
  if (rule.resources === undefined) return
  if (!Array.isArray(rule.resources)) throw new Error(`${at}.resources: must be a list`)
  for (const [index, entry] of rule.resources.entries()) {
    const where = `${at}.resources[${index}]`
    if (!isRecord(entry) || (entry.group !== undefined && typeof entry.group !== 'string')) throw new Error(`${where}: must be an object with a group`)
    for (const field of ['resources', 'resourceNames'])
      if (entry[field] !== undefined && !isTexts(entry[field])) throw new Error(`${where}.${field}: must be a list of texts`)
  }
}

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every((entry) => typeof entry === 'string')

function checkStages(at: string, value: unknown): void {
  if (value === undefined) return
  if (!Array.isArray(value) || !value.every((entry) => stages.some((stage) => stage === entry)))
    throw new Error(`${at}: Unsupported value: ${JSON.stringify(value)}: supported values: ${stages.join(', ')}`)
}

/** What a policy says of a request; of what no rule fits nothing is written. */
export function auditDecision(policy: AuditPolicy, request: AuditedRequest): AuditDecision {
  const rule = policy.rules.find((candidate) => fits(candidate, request))
  return {
    level: rule?.level ?? 'None',
    omitStages: new Set([...(policy.omitStages ?? []), ...(rule?.omitStages ?? [])]),
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields ?? false,
  }
}

function fits({ users, userGroups, verbs, resources = [], namespaces = [], nonResourceURLs = [] }: PolicyRule, request: AuditedRequest): boolean {
  if (users?.length && !users.includes(request.user)) return false
  if (userGroups?.length && !request.groups.some((group) => userGroups.includes(group))) return false
  if (verbs?.length && !verbs.includes(request.verb)) return false
  if (resources.length > 0 || namespaces.length > 0) {
    if (request.path !== undefined) return false
    if (namespaces.length > 0 && !namespaces.includes(request.namespace)) return false
    return resources.length === 0 || resources.some((entry) => fitsResource(entry, request))
  }
  if (nonResourceURLs.length === 0) return true
  const { path } = request
  return path !== undefined && nonResourceURLs.some((url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))))
}

function fitsResource({ group = '', resources = [], resourceNames = [] }: NonNullable<PolicyRule['resources']>[number], request: AuditedRequest): boolean {
  if (group !== request.group) return false
  if (resourceNames.length > 0 && !resourceNames.includes(request.name)) return false
  if (resources.length === 0) return true
  const { resource, subresource } = request
  const whole = subresource ? `${resource}/${subresource}` : resource
  return resources.some((entry) => entry === '*' || entry === whole || (subresource !== '' && (entry === `*/${subresource}` || entry === `${resource}/*`)))
}
