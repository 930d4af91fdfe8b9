import { isDeepStrictEqual } from 'node:util'
import { selectorMatches } from '../../../kube/label-selector.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { type PolicyRule, type Role, rbacGroup } from '../../apiserver/auth/rbac/policy-rule.ts'
import { unless } from '../../scheduler/follow.ts'
import type { SchedulerOptions } from '../../scheduler/scheduler.ts'

const resource = `clusterroles.${rbacGroup}`

/**
 * kube-controller-manager's clusterrole-aggregation: the rules of a ClusterRole with an aggregationRule are those of all that its selectors name. A role that
 * gathers may be gathered itself, so each change is looked at until nothing changes any more.
 */
export async function aggregateRoles({ backend, signal, log }: SchedulerOptions): Promise<void> {
  const roles = new Map<string, Role>()
  let due = true
  let wake = () => {}
  const stop = backend.observe(resource, ({ object, gone }) => {
    if (gone) roles.delete(nameOf(object))
    else roles.set(nameOf(object), object)
    due = true
    wake()
  })
  const end = () => wake()
  signal.addEventListener('abort', end, { once: true })
  try {
    while (!signal.aborted) {
      if (!due) await new Promise<void>((resolve) => (wake = resolve))
      // Many roles are made together.
      await new Promise((resolve) => setImmediate(resolve))
      due = false
      for (const role of [...roles.values()]) {
        if (signal.aborted) return
        const rules = gathered(role, roles.values())
        if (rules === undefined || isDeepStrictEqual(rules, role.rules ?? [])) continue
        try {
          await unless(backend.update({ resource, name: nameOf(role) }, { ...role, rules } as KubeObject))
        } catch (error) {
          log.warn('a cluster role could not be aggregated', { role: nameOf(role), error: String(error) })
        }
      }
    }
  } finally {
    signal.removeEventListener('abort', end)
    stop()
  }
}

const nameOf = ({ metadata }: KubeObject) => metadata?.name ?? ''

/** The rules that a role gathers, each once, by the names of those it has them from; undefined for one that gathers none. */
export function gathered({ aggregationRule, metadata }: Role, all: Iterable<Role>): PolicyRule[] | undefined {
  if (!aggregationRule) return undefined
  const selectors = aggregationRule.clusterRoleSelectors ?? []
  const from = [...all].filter((role) => role.metadata?.name !== metadata?.name).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const rules = new Map<string, PolicyRule>()
  for (const selector of selectors)
    for (const role of from) if (selectorMatches(selector, role.metadata?.labels)) for (const rule of role.rules ?? []) rules.set(JSON.stringify(rule), rule)
  return [...rules.values()]
}
