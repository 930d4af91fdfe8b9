import type { Address, Message } from './types.ts'
import type { Downward, Envelope } from './wire.ts'

/** Plain messages to one actor, numbered from `seq` on. An envelope around each would cost more to clone than a small message itself. */
export interface Run {
  readonly kind: 'run'
  readonly to: Address
  readonly seq: number
  readonly sentAt: number
  readonly messages: readonly Message[]
}

export type PackedDownward = Downward | Run

/** A batch as it crosses threads: neighbours for the same actor share one envelope. Order is kept. */
export function packed(batch: readonly Downward[]): readonly PackedDownward[] {
  const items: PackedDownward[] = []
  for (let at = 0; at < batch.length; ) {
    const end = endOfRun(batch, at)
    const first = batch[at] as Envelope
    if (end - at < 2) items.push(first)
    else {
      const messages = new Array<Message>(end - at)
      for (let index = at; index < end; index += 1) messages[index - at] = (batch[index] as Envelope).message
      items.push({ kind: 'run', to: first.to, seq: first.seq ?? 0, sentAt: first.sentAt, messages })
    }
    at = Math.max(end, at + 1)
  }
  return items
}

/** The batch as it was, but for what its receiver does not need (merge keys, each message's own time). */
export function unpacked(items: readonly PackedDownward[]): readonly Downward[] {
  const batch: Downward[] = []
  for (const item of items) {
    if (item.kind !== 'run') batch.push(item)
    else {
      const { to, sentAt, messages } = item
      for (const [index, message] of messages.entries()) batch.push({ kind: 'envelope', to, message, sentAt, seq: item.seq + index })
    }
  }
  return batch
}

/** Past the last neighbour that can share `from`'s envelope; `from` itself when that is not plain. */
function endOfRun(batch: readonly Downward[], from: number): number {
  const first = batch[from]
  if (!first || !isPlain(first)) return from
  let end = from + 1
  for (; end < batch.length; end += 1) {
    const next = batch[end]
    if (!next || !isPlain(next) || next.to !== first.to || next.seq !== first.seq + (end - from)) break
  }
  return end
}

const isPlain = (item: Downward): item is Envelope & { readonly seq: number } =>
  item.kind === 'envelope' && item.seq !== undefined && item.from === undefined && item.question === undefined && !item.system
