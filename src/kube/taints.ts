import type { Pod } from './objects.ts'

export interface TaintLike {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

/** Whether one of the pod's tolerations matches the taint. */
export function tolerates(pod: Pod, taint: TaintLike): boolean {
  return (pod.spec?.tolerations ?? []).some(
    ({ key, operator, value, effect }) =>
      (!effect || effect === taint.effect) && (!key || key === taint.key) && (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  )
}
