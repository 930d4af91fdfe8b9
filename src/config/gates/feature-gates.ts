import { ConfigError } from '../agent-config.ts'
import { gateNeeds, goneGates, knownGates, type Stage } from './known-gates.ts'

export type Gates = Readonly<Record<string, boolean>>

/** Go's strconv.ParseBool. */
const words: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false])),
}

/** The value of `--feature-gates`: `A=true,B=false`. Throws `ConfigError` in a kubelet's words. */
export function parseGates(source: string, text: string): Gates {
  const gates = new Map<string, boolean>()
  for (const pair of text.split(',').filter((each) => each !== '')) {
    const [name = '', value] = pair.split(/=(.*)/s, 2).map((part) => part.trim().replaceAll(/\s+/g, ' '))
    if (value === undefined) throw new ConfigError(`${source}: malformed pair, expect string=bool: ${JSON.stringify(pair)}`)
    const on = Object.hasOwn(words, value) ? words[value] : undefined
    if (on === undefined)
      throw new ConfigError(`${source}: invalid value of ${name}: ${value}, err: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
    gates.set(name, on)
  }
  return Object.fromEntries(gates)
}

/**
 * Whether a kubelet 1.36 starts with these gates (component-base, featuregate). Throws `ConfigError` naming the gate: one that no kubelet has, one that is locked to
 * another value, one that needs another that is off. Answers a line for each that is told of. `sourceOf`: the flag or field that a gate was set by.
 */
export function checkGates(gates: Gates, sourceOf: (gate: string) => string): string[] {
  const told: string[] = []
  for (const [name, on] of Object.entries(gates)) {
    const source = sourceOf(name)
    const refuse = (why: string) => new ConfigError(`${source}: ${why}`)
    const gate = knownGates.get(name)
    if (!gate && goneGates.has(name)) told.push(`${source}: feature gate ${name} is of older kubelets: there is nothing to switch any more`)
    else if (!gate) throw refuse(`unrecognized feature gate: ${name}`)
    else if (gate.locked && gate.on !== on) throw refuse(`cannot set feature gate ${name} to ${on}, feature is locked to ${gate.on}`)
    else if (gate.stage === 'GA' || gate.stage === 'deprecated')
      told.push(`${source}: setting ${gate.stage} feature gate ${name}=${on}. It will be removed in a future release.`)
    if (gate && gate.on !== on) told.push(`${source}: ${name}=${on} is taken and not done: what the agent can it does, whatever the gates say`)
  }
  for (const [name, needs] of Object.entries(gateNeeds)) {
    const off = isOn(name, gates) ? needs.filter((need) => !isOn(need, gates)) : []
    const [first] = off
    if (first !== undefined) throw new ConfigError(`${sourceOf(first)}: ${name} is enabled, but depends on features that are disabled: [${off.join(' ')}]`)
  }
  return told
}

/** AllAlpha and AllBeta are of those that are not named. */
function isOn(name: string, gates: Gates): boolean {
  if (Object.hasOwn(gates, name)) return gates[name] === true
  const gate = knownGates.get(name)
  const all: Partial<Record<Stage, boolean | undefined>> = { alpha: gates.AllAlpha, beta: gates.AllBeta }
  return (gate && all[gate.stage]) ?? gate?.on ?? false
}

/** What was set by flag goes before what the configuration says, gate by gate. Throws `ConfigError`. */
export function gatesOf(flag: string | undefined, field: Gates | null | undefined): { readonly gates: Gates; readonly warnings: readonly string[] } {
  const flags = flag === undefined ? {} : parseGates('--feature-gates', flag)
  const gates = { ...field, ...flags }
  return {
    gates,
    warnings: checkGates(gates, (gate) => (Object.hasOwn(field ?? {}, gate) && !Object.hasOwn(flags, gate) ? 'featureGates' : '--feature-gates')),
  }
}
