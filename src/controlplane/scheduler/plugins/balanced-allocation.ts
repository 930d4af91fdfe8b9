import type { Plugin } from '../framework/plugin.ts'

/** Prefers nodes whose CPU and memory are used alike. A pod that asks for neither is none the better for it. */
export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  preScore({ requests }) {
    const asked = (name: string) => requests.get(name) ?? 0
    if (asked('cpu') === 0 && asked('memory') === 0) return undefined
    const [cpu, memory] = [asked('cpu'), asked('memory')]
    return {
      score({ allocatable, requested }) {
        const [cpus, bytes] = [allocatable.get('cpu') ?? 0, allocatable.get('memory') ?? 0]
        // What a node has none of is not compared.
        if (cpus === 0 || bytes === 0) return 100
        const [one, other] = [fraction((requested.get('cpu') ?? 0) + cpu, cpus), fraction((requested.get('memory') ?? 0) + memory, bytes)]
        // The standard deviation of two.
        return Math.trunc((1 - Math.abs(one - other) / 2) * 100)
      },
    }
  },
}

const fraction = (asked: number, has: number) => Math.min(1, asked / has)
