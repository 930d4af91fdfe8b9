import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A field of a Go struct, as it is written. */
export interface GoField {
  /** Empty for an embedded struct. */
  readonly name: string
  readonly type: string
  readonly json: readonly string[]
  readonly protobuf: readonly string[]
  readonly mergeKey: string
  readonly strategy: string
  /** `+listType=map` is `listType` → [`map`]. */
  readonly markers: ReadonlyMap<string, readonly string[]>
}

export interface GoStruct {
  readonly kind: 'struct'
  readonly fields: readonly GoField[]
  readonly markers: GoField['markers']
}

/** `type Protocol string`, `type ResourceList map[…]…`: with the constants of that type. */
export interface GoNamed {
  readonly kind: 'named'
  readonly type: string
  readonly isEnum: boolean
  readonly values: readonly string[]
}

export interface GoPackage {
  readonly types: ReadonlyMap<string, GoStruct | GoNamed>
  /** Where an import's short name leads. */
  readonly imports: ReadonlyMap<string, string>
}

/** Reads the types of a package of the Kubernetes API. No Go parser: its files are written one way, and what is not read so is missed by the check against the .proto. */
export function readGoPackage(directory: string): GoPackage {
  const types = new Map<string, GoStruct | GoNamed>()
  const imports = new Map<string, string>()
  const files = readdirSync(directory).filter((name) => name.endsWith('.go') && !/^zz_|_test\.go$|generated/.test(name))
  const texts = files.map((name) => readFileSync(join(directory, name), 'utf8'))
  for (const text of texts) {
    for (const [, short, path = ''] of text.matchAll(/^\t(?:import )?(\w+)? ?"(k8s\.io\/[^"]+)"$/gm)) imports.set(short || (path.split('/').at(-1) ?? ''), path)
    readTypes(text, types, texts.join('\n'))
  }
  return { types, imports }
}

function readTypes(text: string, types: Map<string, GoStruct | GoNamed>, all: string): void {
  let comments: string[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (line.startsWith('//')) comments.push(line)
    const struct = /^type (\w+) struct ?\{(\})?/.exec(line)
    const named = /^type (\w+) (?:= )?((?:map\[[\w.]+\]|\[\])?[\w.]+)$/.exec(line)
    if (struct?.[1]) {
      const end = struct[2] ? at : lines.indexOf('}', at)
      types.set(struct[1], { kind: 'struct', fields: readFields(lines.slice(at + 1, end)), markers: markersOf(comments) })
      at = end
    } else if (named?.[1] && named[2]) {
      const values = [...all.matchAll(new RegExp(`^\\t\\w+ +${named[1]} += +"([^"]*)"`, 'gm'))].map(([, value = '']) => value)
      types.set(named[1], { kind: 'named', type: named[2], isEnum: markersOf(comments).has('enum'), values })
    }
    if (!line.startsWith('//')) comments = line === '' && comments.length > 0 ? comments : []
  }
}

function readFields(lines: readonly string[]): GoField[] {
  const fields: GoField[] = []
  let comments: string[] = []
  for (const line of lines) {
    const text = line.trim()
    if (text.startsWith('//')) comments.push(text)
    else if (text === '') comments = []
    else {
      const parts = /^(?:(\w+) +)?(\S+) +`(.*)`/.exec(text.replace('interface{}', 'any'))
      if (parts) fields.push(readField(parts[1] ?? '', parts[2] ?? '', parts[3] ?? '', comments))
      comments = []
    }
  }
  return fields
}

function readField(name: string, type: string, tags: string, comments: readonly string[]): GoField {
  const tag = (key: string) => new RegExp(`(?:^| )${key}:"([^"]*)"`).exec(tags)?.[1] ?? ''
  return {
    name,
    type,
    json: tag('json').split(','),
    protobuf: tag('protobuf').split(','),
    mergeKey: tag('patchMergeKey'),
    strategy: tag('patchStrategy'),
    markers: markersOf(comments),
  }
}

function markersOf(comments: readonly string[]): Map<string, string[]> {
  const markers = new Map<string, string[]>()
  for (const comment of comments) {
    const [, key, value = ''] = /^\/\/ *\+([\w:]+)(?:=(.*))?$/.exec(comment) ?? []
    if (key) markers.set(key, [...(markers.get(key) ?? []), value])
  }
  return markers
}
