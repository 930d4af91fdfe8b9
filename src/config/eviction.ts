import { own } from '../base/own.ts'
import { quantity, wholeUnits } from '../kube/quantity.ts'
import { ConfigError } from './agent-config.ts'
import { parseDuration } from './duration.ts'

/** kubelet 1.32's signals. `containerfs` follows `nodefs` or `imagefs`; `allocatableMemory` follows `memory` and is not set by anybody. */
export type EvictionSignal =
  | 'memory.available'
  | 'allocatableMemory.available'
  | 'nodefs.available'
  | 'nodefs.inodesFree'
  | 'imagefs.available'
  | 'imagefs.inodesFree'
  | 'pid.available'

/** Bytes, inodes or processes as a number with its text, or a share (0 to 1) of the capacity. */
export type EvictionAmount = { readonly quantity: number; readonly text: string } | { readonly share: number }

export interface EvictionThreshold {
  readonly signal: EvictionSignal
  /** Met when less than this is available. */
  readonly amount: EvictionAmount
  /** How long it must be met before pods are evicted; 0 for a hard threshold. */
  readonly graceMs: number
  /** Once it was acted upon, so much more must be available until it counts as resolved. */
  readonly minReclaim?: EvictionAmount
}

/** The fields of a KubeletConfiguration, by signal, as written. */
export interface EvictionFields {
  readonly evictionHard: Readonly<Record<string, string>>
  readonly evictionSoft: Readonly<Record<string, string>>
  readonly evictionSoftGracePeriod: Readonly<Record<string, string>>
  readonly evictionMinimumReclaim: Readonly<Record<string, string>>
}

const settable: readonly string[] = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'pid.available',
] satisfies EvictionSignal[]
/** kubelet 1.32 takes these and puts what nodefs or imagefs have in their place: with one of the two they are always the same file system. */
const derived: readonly string[] = ['containerfs.available', 'containerfs.inodesFree', 'allocatableMemory.available']

/** All thresholds of a node, hard ones first. Throws `ConfigError` naming the field and the signal. */
export function evictionThresholds(fields: EvictionFields): readonly EvictionThreshold[] {
  const minimum = amounts('evictionMinimumReclaim', fields.evictionMinimumReclaim)
  const hard = [...amounts('evictionHard', fields.evictionHard)].map(([signal, amount]) => ({ signal, amount, graceMs: 0 }))
  const soft = [...amounts('evictionSoft', fields.evictionSoft)].map(([signal, amount]) => ({ signal, amount, graceMs: gracePeriod(signal, fields) }))
  for (const signal of Object.keys(fields.evictionSoftGracePeriod)) refuseUnknown('evictionSoftGracePeriod', signal)
  const all: EvictionThreshold[] = [...hard, ...soft].map((each) => {
    const minReclaim = minimum.get(each.signal)
    return minReclaim ? { ...each, minReclaim } : each
  })
  // kubelet: what all pods together may use has the same threshold as the node's own memory.
  const memory = all.find(({ signal, graceMs }) => signal === 'memory.available' && graceMs === 0)
  return memory ? [...all, { ...memory, signal: 'allocatableMemory.available' }] : all
}

/** The amount of a capacity. */
export const amountOfCapacity = (amount: EvictionAmount | undefined, capacity: number): number =>
  amount === undefined ? 0 : 'quantity' in amount ? amount.quantity : Math.trunc(capacity * amount.share)

function amounts(field: string, values: Readonly<Record<string, string>>): Map<EvictionSignal, EvictionAmount> {
  const found = new Map<EvictionSignal, EvictionAmount>()
  for (const [signal, text] of Object.entries(values)) {
    refuseUnknown(field, signal)
    const amount = parse(field, signal, text)
    if (amount && settable.includes(signal)) found.set(signal as EvictionSignal, amount)
  }
  return found
}

function parse(field: string, signal: string, text: string): EvictionAmount | undefined {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  if (percent !== undefined) {
    if (Number(percent) > 100) throw new ConfigError(`${field}: ${signal}: ${text} is more than all; give a percentage up to 100%`)
    // kubelet 1.32: 0% and 100% turn the threshold off.
    return Number(percent) === 0 || Number(percent) === 100 ? undefined : { share: Number(percent) / 100 }
  }
  try {
    if (quantity(text) >= 0n) return { quantity: wholeUnits(text), text }
  } catch {
    // Told below.
  }
  throw new ConfigError(`${field}: ${signal}: ${JSON.stringify(text)} is no amount; give a quantity such as 100Mi, or a percentage such as 10%`)
}

function gracePeriod(signal: EvictionSignal, { evictionSoftGracePeriod }: EvictionFields): number {
  const text = own(evictionSoftGracePeriod, signal)
  if (text === undefined) throw new ConfigError(`evictionSoft: ${signal} has no grace period; give it one in evictionSoftGracePeriod, such as ${signal}=1m30s`)
  const ms = parseDuration(text)
  if (ms === undefined || ms <= 0) throw new ConfigError(`evictionSoftGracePeriod: ${signal}: ${JSON.stringify(text)} is not a duration such as 1m30s`)
  return ms
}

function refuseUnknown(field: string, signal: string): void {
  if (!settable.includes(signal) && !derived.includes(signal))
    throw new ConfigError(`${field}: ${JSON.stringify(signal)} is not a signal; use ${settable.join(', ')}`)
}
