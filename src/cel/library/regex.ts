import { RE2JS } from 're2js'
import { matchesPattern } from '../evaluate/cost.ts'
import { EvaluationError, MadeList } from '../evaluate/values.ts'
import { type Library, overloads } from './definition.ts'

const compiled = new Map<string, RE2JS>()
const mostCompiled = 512

/** A pattern of RE2, which takes time in proportion to its input; those last used are kept. */
export function pattern(text: string): RE2JS {
  const known = compiled.get(text)
  if (known) return known
  let made: RE2JS
  try {
    made = RE2JS.compile(text)
  } catch (error) {
    throw new EvaluationError((error as Error).message)
  }
  if (compiled.size >= mostCompiled) compiled.delete(compiled.keys().next().value ?? '')
  compiled.set(text, made)
  return made
}

function find(text: string, regex: string): string {
  const matcher = pattern(regex).matcher(text)
  return matcher.find() ? (matcher.group() ?? '') : ''
}

function findAll(text: string, regex: string, limit = -1n): MadeList {
  const found = new MadeList()
  const matcher = pattern(regex).matcher(text)
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) found.push(matcher.group() ?? '')
  return found
}

/** `matches`, and Kubernetes' `find` and `findAll`. */
export const regex: Library = {
  overloads: overloads(
    {
      'string.matches(string): bool': (text: string, re: string) => pattern(re).matcher(text).find(),
      'matches(string, string): bool': (text: string, re: string) => pattern(re).matcher(text).find(),
      'string.find(string): string': find,
      'string.findAll(string): list<string>': findAll,
      'string.findAll(string, int): list<string>': findAll,
    },
    (args) => matchesPattern(args),
  ),
}
