/** Numbers of a message's fields as a .proto has them. */
export type ProtoNumbers = ReadonlyMap<string, ReadonlySet<number>>

/** Reads the messages of a generated.proto. */
export function readProto(text: string): ProtoNumbers {
  const messages = new Map<string, Set<number>>()
  for (const [, name = '', body = ''] of text.matchAll(/^message (\w+) \{\n(.*?)^\}/gms))
    messages.set(name, new Set([...body.matchAll(/^ {2}(?:optional|repeated|map).* = (\d+);/gm)].map(([, number]) => Number(number))))
  return messages
}

/** What of a table's lines is otherwise in the .proto: each field there must be here, by its number. */
export function differences(lines: readonly string[], messages: ProtoNumbers): string[] {
  return lines.flatMap((line) => {
    const [head = '', ...fields] = line.split(' ')
    const numbers = messages.get(head.replace(/[@#]/g, ''))
    if (head.includes('=')) return []
    if (!numbers) return [`${head} is no message`]
    const ours = new Set(fields.map((field) => Number(/^[^:]*:(\d*)=/.exec(field)?.[1])))
    return [...numbers].filter((number) => !ours.has(number)).map((number) => `${head} has no field ${number}`)
  })
}
