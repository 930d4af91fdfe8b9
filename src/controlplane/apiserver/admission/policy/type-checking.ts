import { compile } from '../../../../cel/program.ts'
import { CompileError } from '../../../../cel/syntax/issues.ts'
import type { ResourceDefinition } from '../../resource.ts'
import { compilePolicy } from './compiled-policy.ts'
import { modelType } from './model-type.ts'
import type { Policy } from './policy.ts'

/** `status.typeChecking.expressionWarnings` of a policy. */
export interface ExpressionWarning {
  readonly fieldRef: string
  readonly warning: string
}

// apiserver/pkg/admission/plugin/policy/validating/typechecking.go.
const mostTypes = 10

/** What is wrong with a policy's validations for the kinds that it names, by their types. Rules with a star are about too many. */
export function typeWarnings(policy: Policy, kinds: readonly ResourceDefinition[]): ExpressionWarning[] {
  const types = kindsOf(policy, kinds)
  return (policy.spec?.validations ?? []).flatMap(({ expression, messageExpression }, index) => [
    ...warningOf(policy, types, kinds, `spec.validations[${index}].expression`, expression),
    ...(messageExpression ? warningOf(policy, types, kinds, `spec.validations[${index}].messageExpression`, messageExpression) : []),
  ])
}

/** The kinds that a policy's rules name one by one, by group, version and kind. */
function kindsOf({ spec }: Policy, kinds: readonly ResourceDefinition[]): readonly ResourceDefinition[] {
  const found = new Set<ResourceDefinition>()
  for (const { apiGroups = [], apiVersions = [], resources = [] } of spec?.matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions].some((name) => name.includes('*'))) continue
    const plain = resources.filter((name) => !/[*/]/.test(name))
    for (const kind of kinds) if (apiGroups.includes(kind.group) && apiVersions.includes(kind.version) && plain.includes(kind.resource)) found.add(kind)
  }
  const order = ({ group, version, kind }: ResourceDefinition) => [group, version, kind].join('\0')
  return [...found].sort((a, b) => (order(a) < order(b) ? -1 : 1)).slice(0, mostTypes)
}

function warningOf(
  policy: Policy,
  types: readonly ResourceDefinition[],
  kinds: readonly ResourceDefinition[],
  fieldRef: string,
  expression: string,
): ExpressionWarning[] {
  const faults = types.flatMap((kind) => {
    const issues = issuesOf(policy, kind, kinds, expression)
    return issues === undefined ? [] : [`${kind.group}/${kind.version}, Kind=${kind.kind}: ${issues}\n`]
  })
  return faults.length === 0 ? [] : [{ fieldRef, warning: faults.join('\n') }]
}

function issuesOf(policy: Policy, kind: ResourceDefinition, kinds: readonly ResourceDefinition[], expression: string): string | undefined {
  if (kind.model === undefined) return undefined
  const { expressions } = compilePolicy(policy, { object: modelType(kind.model), ...paramsType(policy, kinds) })
  try {
    compile(expression, expressions)
    return undefined
  } catch (error) {
    if (error instanceof CompileError) return error.message
    throw error
  }
}

function paramsType({ spec }: Policy, kinds: readonly ResourceDefinition[]) {
  const { apiVersion = '', kind } = spec?.paramKind ?? {}
  const [version, group = ''] = apiVersion.split('/').reverse()
  const model = kinds.find((entry) => entry.kind === kind && entry.version === version && entry.group === group)?.model
  return model === undefined ? {} : { paramsType: modelType(model) }
}
