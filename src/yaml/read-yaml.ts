import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml'
import { putOwn } from '../base/own.ts'
import { AliasBudget } from './alias-budget.ts'
import { plainScalar, taggedScalar } from './scalars.ts'

/** A text that is no YAML, in goyaml's words: `yaml: line 3: …`. */
export class YamlError extends Error {
  override readonly name = 'YamlError'
}

/** One document of a text. */
export interface YamlDocument {
  /** As JSON has it: objects with keys of text, lists, text, numbers (bigint where a double does not hold them), booleans, null. */
  readonly value: unknown
  /** In goyaml's words, keys that a map has twice: `line 4: key "a" already set in map`. The last one counts. No more than 100. */
  readonly duplicates: readonly string[]
}

type Json = Record<string, unknown>

const maxDepth = 1000
const maxDuplicates = 100

/**
 * Reads YAML 1.1 as Kubernetes does (sigs.k8s.io/yaml): octal numbers, `yes` and `on`, anchors, merge keys, dates as text, keys made text.
 * Linear in the text; aliases that multiply are refused. Throws `YamlError`. An empty text has no document.
 */
export function readYamlDocuments(text: string): YamlDocument[] {
  let events: Event[]
  try {
    events = parseEvents(text, { maxDepth })
  } catch (error) {
    if (error instanceof YAMLException) throw new YamlError(messageOf(error))
    throw error
  }
  return new Composer(text, events).documents()
}

/** The first document of a text; null for an empty one. */
export function readYamlDocument(text: string): YamlDocument {
  return readYamlDocuments(text)[0] ?? { value: null, duplicates: [] }
}

/** The first document of a text, which may have no key twice. Throws `YamlError`. */
export function readYaml(text: string): unknown {
  const { value, duplicates } = readYamlDocument(text)
  if (duplicates.length > 0) throw new YamlError(`yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`)
  return value
}

function messageOf({ reason, mark }: YAMLException): string {
  if (/maxDepth/.test(reason)) return `yaml: exceeded max depth of ${maxDepth}`
  return mark ? `yaml: line ${mark.line + 1}: ${reason}` : `yaml: ${reason}`
}

/** Makes values of the parser's events, which refer to the text by positions. */
class Composer {
  readonly #text: string
  readonly #events: readonly Event[]
  readonly #budget = new AliasBudget()
  #anchors = new Map<string, { readonly value: unknown; readonly nodes: number; readonly characters: number }>()
  #duplicates: string[] = []
  #at = 0
  // Lines are counted forward from the last one asked for.
  #line = 1
  #lineAt = 0

  constructor(text: string, events: readonly Event[]) {
    this.#text = text
    this.#events = events
  }

  documents(): YamlDocument[] {
    const documents: YamlDocument[] = []
    while (this.#at < this.#events.length) {
      this.#at += 1
      this.#anchors = new Map()
      this.#duplicates = []
      const value = this.#isPop() ? null : this.#value()
      this.#at += 1
      documents.push({ value, duplicates: this.#duplicates })
    }
    return documents
  }

  #isPop(): boolean {
    return this.#events[this.#at]?.type === EVENT_ID.POP
  }

  #value(): unknown {
    const event = this.#events[this.#at++]
    if (event?.type === EVENT_ID.ALIAS) return this.#alias(this.#text.slice(event.anchorStart, event.anchorEnd))
    if (event?.type !== EVENT_ID.SCALAR && event?.type !== EVENT_ID.SEQUENCE && event?.type !== EVENT_ID.MAPPING)
      throw new YamlError('yaml: a value is missing')
    const { nodes, characters } = this.#budget
    this.#budget.node()
    const value = event.type === EVENT_ID.SCALAR ? this.#scalar(event) : event.type === EVENT_ID.SEQUENCE ? this.#sequence() : this.#mapping()
    if (event.anchorStart >= 0) {
      const name = this.#text.slice(event.anchorStart, event.anchorEnd)
      this.#anchors.set(name, { value, nodes: this.#budget.nodes - nodes, characters: this.#budget.characters - characters })
    }
    return value
  }

  #alias(name: string): unknown {
    const known = this.#anchors.get(name)
    if (!known) throw new YamlError(`yaml: unknown anchor '${name}' referenced`)
    if (!this.#budget.repeat(known)) throw new YamlError('yaml: document contains excessive aliasing')
    return known.value
  }

  #scalar(event: Event & { type: typeof EVENT_ID.SCALAR }): unknown {
    const text = getScalarValue(this.#text, event)
    this.#budget.text(text.length)
    const tag = event.tagStart < 0 ? undefined : this.#text.slice(event.tagStart, event.tagEnd).replace(/^!!|^!<tag:yaml\.org,2002:|>$/g, '')
    if (tag === undefined) return event.style === SCALAR_STYLE.PLAIN ? plainScalar(text) : text
    const value = taggedScalar(tag, text)
    if (value === undefined) throw new YamlError(`yaml: cannot decode \`${text.slice(0, 100)}\` as a !!${tag}`)
    if (tag !== 'binary') return value
    return Buffer.from(text, 'base64').toString()
  }

  #sequence(): unknown[] {
    const list: unknown[] = []
    while (!this.#isPop()) list.push(this.#value())
    this.#at += 1
    return list
  }

  #mapping(): Json {
    const object: Json = {}
    const own = new Set<string>()
    while (!this.#isPop()) {
      const event = this.#events[this.#at]
      const position = event?.type === EVENT_ID.SCALAR ? event.valueStart : 0
      if (event?.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0 && getScalarValue(this.#text, event) === '<<') {
        this.#at += 1
        this.#merge(object, own, this.#value())
        continue
      }
      const key = this.#value()
      const name = keyText(key)
      if (own.has(name)) this.#repeated(key, position)
      own.add(name)
      putOwn(object, name, this.#value())
    }
    this.#at += 1
    return object
  }

  /** YAML 1.1 merge keys: what the map names itself wins, then the first of several. */
  #merge(object: Json, own: ReadonlySet<string>, value: unknown): void {
    for (const source of Array.isArray(value) ? value : [value]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source))
        throw new YamlError('yaml: map merge requires map or sequence of maps as the value')
      for (const [name, inner] of Object.entries(source)) if (!own.has(name) && !Object.hasOwn(object, name)) putOwn(object, name, inner)
    }
  }

  #repeated(key: unknown, position: number): void {
    if (this.#duplicates.length >= maxDuplicates) return
    if (position < this.#lineAt) [this.#line, this.#lineAt] = [1, 0]
    for (let next = this.#text.indexOf('\n', this.#lineAt); next >= 0 && next < position; next = this.#text.indexOf('\n', next + 1)) {
      this.#line += 1
      this.#lineAt = next + 1
    }
    const shown = typeof key === 'string' ? JSON.stringify(key.slice(0, 200)) : String(key)
    this.#duplicates.push(`line ${this.#line}: key ${shown} already set in map`)
  }
}

/** sigs.k8s.io/yaml: keys are text in JSON. */
function keyText(key: unknown): string {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') return String(key)
  throw new YamlError(key === null ? 'yaml: unsupported map key of type: null' : 'yaml: invalid map key: a map or list')
}
