import { writeJson } from './exact.ts'

/** A list as it is written: what stands before its items, the field that has them, and what each of them comes to. */
export interface ListToWrite<Item = unknown> {
  /** Not empty. */
  readonly head: object
  readonly field: 'items' | 'rows'
  readonly items: readonly Item[]
  readonly each: (item: Item) => unknown
}

/** Of text, about so much is made at once: a few milliseconds' work. */
export const pieceChars = 256 << 10
const pieceItems = 500

/** The JSON of a list in pieces, each made when it is asked for, so that a list of very many need not be made in one turn of the event loop. */
export function* listText<Item>({ head, field, items, each }: ListToWrite<Item>, end = ''): Generator<string, void> {
  let text = `${writeJson(head).slice(0, -1)},${JSON.stringify(field)}:[`
  let since = 0
  for (const [index, item] of items.entries()) {
    text += index === 0 ? writeJson(each(item)) : `,${writeJson(each(item))}`
    since += 1
    if ((text.length < pieceChars && since < pieceItems) || index === items.length - 1) continue
    yield text
    text = ''
    since = 0
  }
  yield `${text}]}${end}`
}

/** The same in one piece, as data. */
export const wholeList = <Item>({ head, field, items, each }: ListToWrite<Item>): object => ({ ...head, [field]: items.map((item) => each(item)) })
