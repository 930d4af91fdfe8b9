import { setImmediate } from 'node:timers/promises'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { type ListToWrite, pieceChars } from '../../../json/list-text.ts'
import type { KubeObject } from '../../../kube/objects.ts'
import { modelOf } from '../../../kube/types/models.ts'
import { envelopeEnd, envelopeStart, type Kinded, messageOf } from '../../../protobuf/kubernetes/envelope.ts'
import { encodeMessage } from '../../../protobuf/kubernetes/write.ts'

/** A list in protobuf, made a piece in a turn of the event loop, so that others are served in between. The pieces are one body. */
export async function encodeList({ head, items, each }: ListToWrite<KubeObject>): Promise<Uint8Array[]> {
  const kind: Kinded = head
  const message = messageOf(kind)
  if (!message) throw new Error(`${kind.apiVersion} ${kind.kind} has no protobuf encoding`)
  const type = modelOf(message).fields.get('items')
  if (type?.type !== 'array' || type.items.type !== 'model' || type.no === undefined) throw new Error(`${message} is no list`)
  const pieces = [encodeMessage(message, head as Record<string, unknown>)]
  let [length, inTurn] = [pieces[0]?.length ?? 0, 0]
  let writer = new BinaryWriter()
  for (const item of items) {
    const bytes = encodeMessage(type.items.model, each(item) as Record<string, unknown>)
    writer.tag(type.no, WireType.LengthDelimited).bytes(bytes)
    inTurn += bytes.length
    if (inTurn < pieceChars) continue
    length += pieces[pieces.push(writer.finish()) - 1]?.length ?? 0
    writer = new BinaryWriter()
    inTurn = 0
    await setImmediate()
  }
  length += pieces[pieces.push(writer.finish()) - 1]?.length ?? 0
  return [envelopeStart(kind, length), ...pieces, envelopeEnd]
}
