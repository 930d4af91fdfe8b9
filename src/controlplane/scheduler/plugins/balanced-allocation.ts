import type { Plugin } from '../framework/plugin.ts'

/** Prefers nodes whose CPU and memory are used alike. A pod that asks for neither is none the better for it. */
export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  preScore({ requests }) {
    const asked = (name: string) => requests.get(name) ?? 0
    if (asked('cpu') === 0 && asked('memory') === 0) return undefined
    return {
      score({ allocatable, requested }) {
        const fractions = ['cpu', 'memory'].flatMap((name) => {
          const has = allocatable.get(name) ?? 0
          return has === 0 ? [] : [Math.min(1, ((requested.get(name) ?? 0) + asked(name)) / has)]
        })
        const [one = 0, other = one] = fractions
        // The standard deviation of two.
        return Math.trunc((1 - Math.abs(one - other) / 2) * 100)
      },
    }
  },
}
