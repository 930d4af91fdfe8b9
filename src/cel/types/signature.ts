import { bool, bytes, type CelType, double, duration, dyn, int, listOf, mapOf, nullType, opaque, optionalOf, string, timestamp, uint } from './types.ts'

/** One overload: `string.charAt(int): string`, `size(list<A>): int`. */
export interface Signature {
  readonly name: string
  readonly method: boolean
  /** With the receiver of a method as the first. */
  readonly args: readonly CelType[]
  readonly result: CelType
}

const plain: ReadonlyMap<string, CelType> = new Map([
  ['dyn', dyn],
  ['int', int],
  ['uint', uint],
  ['double', double],
  ['string', string],
  ['bytes', bytes],
  ['bool', bool],
  ['null', nullType],
  ['timestamp', timestamp],
  ['duration', duration],
])

/** Reads a signature of the form `receiver.name(args): result`; a type of one capital letter is a parameter. Throws for what is none. */
export function signature(text: string): Signature {
  const [, head = '', args = '', result = ''] = /^([^(]+)\((.*)\): (.+)$/.exec(text) ?? []
  if (!head) throw new Error(`${text} is no signature`)
  const dot = head.lastIndexOf('.')
  // What is no type before the dot is a namespace: `math.greatest(int)`.
  const receiver = dot < 0 ? undefined : typeNamed(head.slice(0, dot))
  if (!receiver) return { name: head, method: false, args: listed(args), result: needed(result) }
  return { name: head.slice(dot + 1), method: true, args: [receiver, ...listed(args)], result: needed(result) }
}

const needed = (text: string): CelType => {
  const type = typeNamed(text)
  if (!type) throw new Error(`${text} is no type`)
  return type
}

const listed = (text: string): CelType[] => splitArguments(text).map(needed)

function splitArguments(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '<') depth += 1
    else if (text[index] === '>') depth -= 1
    else if (text[index] === ',' && depth === 0) {
      parts.push(text.slice(from, index))
      from = index + 1
    }
  }
  return [...parts, text.slice(from)].map((part) => part.trim()).filter((part) => part !== '')
}

/** A type as signatures write it; a name with a dot and a capital (`net.IP`, `kubernetes.Quantity`) is opaque. */
function typeNamed(text: string): CelType | undefined {
  const known = plain.get(text)
  if (known) return known
  if (/^[A-Z]$/.test(text)) return { kind: 'parameter', name: text }
  const [, generic, inner = ''] = /^(\w+)<(.*)>$/.exec(text) ?? []
  const args = generic ? listed(inner) : []
  if (generic === 'list' && args[0]) return listOf(args[0])
  if (generic === 'map' && args[0] && args[1]) return mapOf(args[0], args[1])
  if (generic === 'optional' && args[0]) return optionalOf(args[0])
  if (generic === 'type' && args[0]) return { kind: 'type', of: args[0] }
  return /^[a-z][\w.]*\.[A-Z]\w*$/.test(text) ? opaque(text) : undefined
}
