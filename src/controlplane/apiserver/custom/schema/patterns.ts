import { RE2JS } from 're2js'

// The kinds of one cluster have some hundreds of patterns; a compiled one is a few kilobytes.
const maxKept = 2000
const compiled = new Map<string, RE2JS>()

/** A regular expression as Go reads it (RE2): in linear time whatever it is. Throws with Go's words for what is none. */
export function goPattern(text: string): RE2JS {
  const known = compiled.get(text)
  if (known) return known
  const made = RE2JS.compile(text)
  if (compiled.size >= maxKept) compiled.clear()
  compiled.set(text, made)
  return made
}

/** Why a text is no regular expression, in Go's words; undefined for one that is. */
export function patternFault(text: string): string | undefined {
  try {
    goPattern(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
