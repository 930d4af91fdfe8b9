/** The control loops of a small cluster, each figure beside its goal and in a process of its own: embedded, simulated, everything in one process. */
import { join } from 'node:path'
import { run as spawn } from '../src/base/spawn.ts'
import type { Measured } from './support/control-loops.ts'

const timeoutMs = 300_000

interface Figure {
  readonly says: string
  readonly unit: string
  readonly goal: number
  /** A rate is to be reached, a time or a share not to be passed. */
  readonly more?: true
}

/** By the process that measures it and what it calls it there. */
const figures: Readonly<Record<string, Readonly<Record<string, Figure>>>> = {
  start: {
    cold: { says: 'a cluster of one node, the first of a process', unit: 'ms', goal: 300 },
    warm: { says: 'a cluster of one node, a later one', unit: 'ms', goal: 300 },
  },
  hundred: {
    available: { says: 'a Deployment of 100 replicas on 3 nodes is available', unit: 'ms', goal: 1500 },
    updated: { says: 'a rolling update of it', unit: 'ms', goal: 4000 },
  },
  thousand: {
    ready: { says: '1,000 pods of 50 Deployments on 10 nodes are ready', unit: 'ms', goal: 6000 },
    idle: { says: 'the same cluster, idle', unit: '% of a core', goal: 3 },
    gone: { says: 'their namespace is deleted', unit: 'ms', goal: 5000 },
  },
  day: { day: { says: 'a day on the manual clock, two nodes', unit: 'ms', goal: 2000 } },
  plain: { scheduled: { says: 'pods made and bound to 100 nodes', unit: 'a second', goal: 2000, more: true } },
  apart: { scheduled: { says: 'pods with anti-affinity, made and bound', unit: 'a second', goal: 500, more: true } },
}

export async function run(): Promise<void> {
  for (const [name, parts] of Object.entries(figures)) {
    const { stdout } = await spawn(process.execPath, [join(import.meta.dirname, 'support/control-loops.ts'), name], { timeoutMs })
    for (const { of, value, cpuMs, load } of JSON.parse(stdout) as readonly Measured[]) {
      const figure = parts[of]
      if (!figure) continue
      const { says, unit, goal, more } = figure
      const reached = more ? value >= goal : value <= goal
      const shown = value < 10 ? value.toFixed(1) : value.toFixed(0)
      console.log(
        `  ${says.padEnd(52)} ${shown.padStart(6)} ${unit.padEnd(11)} goal ${more ? 'over' : 'under'} ${goal}${reached ? '' : ': MISSED'}; ${(cpuMs / 1000).toFixed(2)} s of CPU, load average ${load.toFixed(1)}`,
      )
    }
  }
}
