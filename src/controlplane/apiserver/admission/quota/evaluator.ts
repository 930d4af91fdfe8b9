import { resourceName } from '../../resource.ts'
import { claimEvaluator } from './claims.ts'
import { podEvaluator } from './pods.ts'
import { one, type Usage } from './quantities.ts'
import type { Evaluator } from './quota-kind.ts'
import { serviceEvaluator } from './services.ts'

/** Kinds that are counted by their bare name as well, from before there was `count/`. */
const aliases = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets'])

const special: Readonly<Record<string, Evaluator>> = { pods: podEvaluator, services: serviceEvaluator, persistentvolumeclaims: claimEvaluator }
const counting = new Map<string, Evaluator>()

/** How a resource is counted; each is, by `count/<resource>.<group>`, but for events. */
export function evaluatorOf(resource: { readonly group: string; readonly resource: string }): Evaluator | undefined {
  const name = resourceName(resource)
  if (name === 'events' || name === 'events.events.k8s.io') return undefined
  const known = (Object.hasOwn(special, name) ? special[name] : undefined) ?? counting.get(name)
  if (known) return known
  const made = countEvaluator(name)
  counting.set(name, made)
  return made
}

function countEvaluator(name: string): Evaluator {
  const names = [`count/${name}`, ...(aliases.has(name) ? [name] : [])]
  const usage: Usage = new Map(names.map((each) => [each, one]))
  return {
    handles: (operation, subresource) => operation === 'CREATE' && subresource === '',
    counts: (each) => names.includes(each),
    usage: () => usage,
    inScope: () => false,
  }
}

/** The resource whose objects a name of a quota counts: `pods` for `requests.cpu`, `jobs.batch` for `count/jobs.batch`; undefined for none that is known. */
export function countedBy(name: string): string | undefined {
  if (name.startsWith('count/')) return name.slice('count/'.length)
  if (aliases.has(name)) return name
  return Object.keys(special).find((resource) => special[resource]?.counts(name))
}
