import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { nodeCommand } from '../../src/cli/commands.ts'
import { UsageError } from '../../src/cli/failure.ts'
import { readProfile } from '../../src/engine/simulated/profile.ts'
import { accessFromKubeconfig } from '../../src/kube/credentials.ts'
import type { LoadOptions } from './options.ts'

/** Says what is wrong with a run before minutes are spent on it. Throws what is told in a line. */
export function checkOptions({ engine, nodes, kubeconfig, profile, nodeFlag, json, html }: LoadOptions): void {
  if (engine !== 'simulated' && nodes > 1)
    throw new UsageError(`--engine ${engine} takes --nodes 1: two agents on one engine would take each other’s containers away`)
  if (profile !== undefined && engine !== 'simulated') throw new UsageError('--profile is for --engine simulated: real containers do as they please')
  if (kubeconfig !== undefined) accessFromKubeconfig(kubeconfig, systemClock)
  if (profile !== undefined) readProfile(profile)
  const flags = new Set(nodeCommand().options.map((option) => option.attributeName()))
  for (const pair of nodeFlag) {
    const [name] = asFlag(pair)
    if (!flags.has(name)) throw new UsageError(`--node-flag ${pair}: podsteward node has no such flag; see npm run podsteward -- node --help`)
  }
  for (const [option, file] of [
    ['--json', json],
    ['--html', html],
  ] as const)
    if (file !== undefined) checkWritable(option, resolve(file))
}

function checkWritable(option: string, file: string): void {
  const there = statSync(file, { throwIfNoEntry: false })
  if (there?.isDirectory()) throw new UsageError(`${option} ${file} is a directory; give the path of a file`)
  try {
    accessSync(there ? file : dirname(file), constants.W_OK)
  } catch (cause) {
    throw new UsageError(`${option} ${file} cannot be written: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/** `max-pods=200` → `['maxPods', '200']`. */
export function asFlag(pair: string): [string, string] {
  const [name = '', ...value] = pair.replace(/^--/, '').split('=')
  return [name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()), value.join('=')]
}
