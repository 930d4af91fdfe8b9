import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What a type and its fields are for, in the words of Kubernetes' documentation. */
export interface Descriptions {
  readonly own: string
  readonly fields: ReadonlyMap<string, string>
}

const nothing: Descriptions = { own: '', fields: new Map() }

/** The folder of the client library's generated types, whose comments are the documentation; undefined where it is not installed. */
function folder(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@kubernetes/client-node')), 'gen', 'models')
  } catch {
    return undefined
  }
}

let place: { readonly path: string | undefined } | undefined

/**
 * The descriptions of a built-in type (`core/v1.Pod`), read from the installed client library when they are asked for: they are no part of the tables. Nothing is
 * kept of them here. Without that library there are none.
 */
export function descriptionsOf(model: string): Descriptions {
  place ??= { path: folder() }
  if (!place.path) return nothing
  for (const name of fileNames(model)) {
    const text = readOrNothing(join(place.path, `${name}.d.ts`))
    if (text !== undefined) return readComments(text)
  }
  return nothing
}

/** `V1Pod`, or where several groups have the name, `CoreV1Event`. */
function fileNames(model: string): string[] {
  const [, group = '', version = '', name = ''] = /^(\w+)\/(\w+)\.(\w+)$/.exec(model) ?? []
  return [`${capital(group)}${capital(version)}${name}`, `${capital(version)}${name}`]
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function readComments(text: string): Descriptions {
  const fields = new Map<string, string>()
  let own = ''
  for (const [, comment = '', name] of text.matchAll(/\/\*\*\n\s*\* (.*)\n\s*\*\/\n\s*(?:export declare class|'([^']+)'\??:)/g)) {
    const said = comment
      .replace(/\\(["'\\])/g, '$1')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&amp;/g, '&')
    if (name === undefined) own = said
    else fields.set(name, said)
  }
  return { own, fields }
}
