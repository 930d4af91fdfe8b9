/** A place in the code that depends on where a label is. `encode` gets the distance from this place's start to the label. */
export interface LabelReference {
  readonly label: string
  readonly size: number
  readonly encode: (distance: number) => Uint8Array
}

/** Machine code in order: bytes, the definition of a label (a string), or a reference to one. */
export type CodeItem = Uint8Array | string | LabelReference

/** Lays the items out, then resolves the references. */
export function assemble(items: readonly CodeItem[]): Buffer {
  const labels = new Map<string, number>()
  let length = 0
  for (const item of items) {
    if (typeof item === 'string') labels.set(item, length)
    else length += 'label' in item ? item.size : item.length
  }
  const code = Buffer.alloc(length)
  let offset = 0
  for (const item of items) {
    if (typeof item === 'string') continue
    if ('label' in item) {
      const target = labels.get(item.label)
      if (target === undefined) throw new Error(`the label ${item.label} is not defined`)
      code.set(item.encode(target - offset), offset)
      offset += item.size
    } else {
      code.set(item, offset)
      offset += item.length
    }
  }
  return code
}
