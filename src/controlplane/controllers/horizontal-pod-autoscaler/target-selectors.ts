import type { Pod } from '../../../kube/objects.ts'
import { parseLabelSelector } from '../../apiserver/rest/label-selector.ts'
import { type AutoscalerEvent, type Said, warning } from './autoscaler.ts'

type Selects = (labels: Readonly<Record<string, string>> | undefined) => boolean

export type Selection =
  | { readonly kind: 'selected'; readonly selects: Selects; readonly pods: readonly Pod[] }
  | { readonly kind: 'refused'; readonly said: Said; readonly event: AutoscalerEvent }

/** The selectors of autoscalers' targets, as each was when it was looked at last: a pod must be of one alone. */
export class TargetSelectors {
  /** By key, `namespace/name`. */
  readonly #selectors = new Map<string, Selects>()

  /** The pods of the autoscaler's target, of those of its namespace. */
  select(key: string, selector: string, pods: readonly Pod[]): Selection {
    if (selector === '') return refused('InvalidSelector', "the HPA target's scale is missing a selector", warning('SelectorRequired', 'selector is required'))
    let selects: Selects
    try {
      selects = parseLabelSelector(selector) ?? (() => true)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      const message = `couldn't convert selector into a corresponding internal selector object: ${why}`
      return refused('InvalidSelector', message, warning('InvalidSelector', message))
    }
    this.#selectors.set(key, selects)
    const own = pods.filter(({ metadata }) => selects(metadata?.labels))
    const all = this.#whoSelects(key, own)
    if (all.length < 2) return { kind: 'selected', selects, pods: own }
    const shown = all.slice(0, 2).map(([namespace, name]) => `{${name} ${namespace}}`)
    const message = `pods by selector ${selector} are controlled by more than one HPA (e.g. [${shown.join(' ')}])`
    return refused('AmbiguousSelector', message, warning('AmbiguousSelector', message))
  }

  forget(key: string): void {
    this.#selectors.delete(key)
  }

  /** The autoscalers of the namespace of `key` whose target has one of the pods, as namespace and name. */
  #whoSelects(key: string, pods: readonly Pod[]): (readonly [namespace: string, name: string])[] {
    const [namespace = ''] = key.split('/')
    const found: (readonly [string, string])[] = []
    for (const [each, selects] of this.#selectors) {
      const [within = '', name = ''] = each.split('/')
      if (within === namespace && pods.some(({ metadata }) => selects(metadata?.labels))) found.push([within, name])
    }
    return found.toSorted(([, a], [, b]) => (a < b ? -1 : 1))
  }
}

const refused = (reason: string, message: string, event: AutoscalerEvent): Selection => ({
  kind: 'refused',
  said: { type: 'ScalingActive', is: false, reason, message },
  event,
})
