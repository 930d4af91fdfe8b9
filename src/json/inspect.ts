/** What `JSON.parse` does not say of a text. */
export interface JsonFindings {
  /** Paths such as `spec.containers[0].image` of fields that an object has twice or more, in order; each once, at most `maxDuplicates`. */
  readonly duplicates: readonly string[]
}

// sigs.k8s.io/json: no more strict errors than this are kept.
const maxDuplicates = 100
// No field of the API lies deeper, and no name of one is longer: what repeats there is no field, and is told as unknown.
const maxDepth = 100
const maxName = 1024

interface Level {
  /** Of an object; undefined for a list. */
  readonly keys: Set<string> | undefined
  key: string
  index: number
}

/** Finds fields that come twice in a text that `JSON.parse` takes. One pass, no recursion. */
export function inspectJson(text: string): JsonFindings {
  const duplicates = new Set<string>()
  const levels: Level[] = []
  let wantsKey = false
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at)
        const level = levels.at(-1)
        if (wantsKey && level?.keys) {
          level.key = keyOf(text, at, end)
          if (level.keys.has(level.key) && duplicates.size < maxDuplicates && levels.length <= maxDepth) duplicates.add(pathOf(levels))
          level.keys.add(level.key)
          wantsKey = false
        }
        at = end
        break
      }
      case openObject:
        levels.push({ keys: new Set(), key: '', index: 0 })
        wantsKey = true
        break
      case openList:
        levels.push({ keys: undefined, key: '', index: 0 })
        wantsKey = false
        break
      case closeObject:
      case closeList:
        levels.pop()
        break
      case comma: {
        const level = levels.at(-1)
        if (level) level.index += 1
        wantsKey = level?.keys !== undefined
      }
    }
  }
  return { duplicates: [...duplicates] }
}

/** Whether lists and objects of a text lie deeper in each other than `limit`. Any text will do: outside JSON the answer means nothing. */
export function isDeeper(text: string, limit: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfString(text, at)
        break
      case openObject:
      case openList:
        depth += 1
        if (depth > limit) return true
        break
      case closeObject:
      case closeList:
        depth -= 1
    }
  }
  return false
}

/** Whether a value is deeper than `limit`; looks no further than that. */
export function isValueDeeper(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return limit === 0 || Object.values(value).some((inner) => isValueDeeper(inner, limit - 1))
}

const [quote, backslash, comma, openObject, closeObject, openList, closeList] = [34, 92, 44, 123, 125, 91, 93]

/** Where the string that begins at `at` ends; the text's end for one that does not. */
function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes += 1
    if (slashes % 2 === 0) return end
  }
  return text.length
}

function keyOf(text: string, at: number, end: number): string {
  const written = text.slice(at + 1, end)
  return written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written
}

function pathOf(levels: readonly Level[]): string {
  return levels.map(({ keys, key, index }, depth) => (keys ? `${depth === 0 ? '' : '.'}${key.slice(0, maxName)}` : `[${index}]`)).join('')
}
