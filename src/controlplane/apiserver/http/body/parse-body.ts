import { parseJson } from '../../../../json/exact.ts'
import { inspectJson, isDeeper } from '../../../../json/inspect.ts'
import { decodeBody, isEncodable, ProtobufError, protobufMediaType } from '../../../../protobuf/kubernetes/envelope.ts'
import { readYamlDocument, YamlError } from '../../../../yaml/read-yaml.ts'
import { groupVersion } from '../../discovery/served.ts'
import { badRequest, unsupportedMediaType } from '../../rest/status-errors.ts'
import type { Duplicates } from '../../rest/strict-errors.ts'
import { mediaType } from './read-body.ts'

/** A body as it was written: its value, and what in it came twice. */
export interface ParsedBody {
  readonly value: unknown
  readonly duplicates: Duplicates
}

/** What the path is about. */
export interface ExpectedKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

const kindedOf = (expected: ExpectedKind) => ({ apiVersion: groupVersion(expected), kind: expected.kind })

const none: Duplicates = { paths: [], texts: [] }

// Go's encoding/json ends at this depth. What a patch brings is walked, and stays within what every walk comes back from.
const maxDepth = 10_000
const maxPatchDepth = 1000

/** An object from a body of JSON, YAML or protobuf, `expected` the kind that the path is about. Throws a 400 or a 415. */
export function parseObject(bytes: Buffer, contentType: string | undefined, expected: ExpectedKind): ParsedBody {
  const type = mediaType(contentType) ?? 'application/json'
  if (type === protobufMediaType) return { value: fromProtobuf(bytes, expected), duplicates: none }
  const text = bytes.toString()
  const unrecognized = `the object provided is unrecognized (must be of type ${expected.kind})`
  if (type === 'application/json')
    return fromJson(text, maxDepth, (problem) => `${unrecognized}: couldn't get version/kind; json parse error: ${problem} (${clip(text)})`)
  if (type !== 'application/yaml')
    throw unsupportedMediaType(['application/json', 'application/yaml', ...(isEncodable(kindedOf(expected)) ? [protobufMediaType] : [])])
  return fromYaml(text, (problem) => `${unrecognized}: ${problem}`)
}

/** A patch's body: YAML for server-side apply, which reads JSON too; JSON for the others. Throws a 400. */
export function parsePatch(bytes: Buffer, type: string): ParsedBody {
  const text = bytes.toString()
  if (type === 'application/apply-patch+yaml') return fromYaml(text, (problem) => `error decoding YAML: ${problem}`)
  const { value, duplicates } = fromJson(text, maxPatchDepth, (problem) => `error decoding patch: ${problem}`)
  return { value, duplicates: { paths: [], texts: duplicates.paths.map((path) => `duplicate field ${JSON.stringify(path)}`) } }
}

function fromProtobuf(bytes: Buffer, expected: ExpectedKind): unknown {
  try {
    return decodeBody(bytes, kindedOf(expected))
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error
    // Custom kinds have no such encoding.
    throw error.reason === 'kind' ? unsupportedMediaType(['application/json', 'application/yaml']) : badRequest(error.message)
  }
}

function fromJson(text: string, depth: number, message: (problem: string) => string): ParsedBody {
  if (text.length > depth && isDeeper(text, depth)) throw badRequest(message('exceeded max depth'))
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw badRequest(message(goMessage(text, (error as Error).message)))
  }
  return { value, duplicates: { paths: inspectJson(text).duplicates, texts: [] } }
}

function fromYaml(text: string, message: (problem: string) => string): ParsedBody {
  try {
    const { value, duplicates } = readYamlDocument(text)
    return { value, duplicates: { paths: [], texts: duplicates.length > 0 ? [`yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`] : [] } }
  } catch (error) {
    if (error instanceof YamlError) throw badRequest(message(error.message))
    throw error
  }
}

// In Go's words, since clients match them.
function goMessage(text: string, message: string): string {
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length)
  if (position >= text.length || /Unexpected end/.test(message)) return 'unexpected end of JSON input'
  return `invalid character ${quoted(text[position] ?? '')} looking for beginning of value`
}

const quoted = (character: string) => (character === "'" ? "'\\''" : `'${character}'`)
const clip = (text: string) => (text.length > 1024 ? `${text.slice(0, 1024)}...` : text)
