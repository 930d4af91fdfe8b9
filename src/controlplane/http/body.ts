import type { IncomingMessage } from 'node:http'
import { readYaml as parseYaml } from '../../yaml/read-yaml.ts'
import { badRequest, tooLarge, unsupportedMediaType } from '../rest/status-errors.ts'
import { parseProtobuf } from './protobuf.ts'

/** kube-apiserver: MaxRequestBodyBytes. */
export const maxBodyBytes = 3 * 1024 * 1024

/** Reads the whole body; throws a 413 above the limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > maxBodyBytes) throw tooLarge(maxBodyBytes)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

/** The media type without its parameters. */
export const mediaType = (contentType: string | undefined) => contentType?.split(';')[0]?.trim().toLowerCase() || undefined

/** An object from a body of JSON, YAML or protobuf, `kind` the one that the path is about. */
export function parseObject(bytes: Buffer, contentType: string | undefined, kind: string): unknown {
  const type = mediaType(contentType) ?? 'application/json'
  if (type === 'application/vnd.kubernetes.protobuf') return parseProtobuf(bytes)
  const text = bytes.toString()
  if (type === 'application/json')
    return parseJson(
      text,
      (problem) => `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${problem} (${clip(text)})`,
    )
  if (type !== 'application/yaml') throw unsupportedMediaType(['application/json', 'application/yaml'])
  try {
    return parseYaml(text) as unknown
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): yaml: ${(error as Error).message.split('\n')[0]}`)
  }
}

/** A patch's body: YAML for server-side apply, which reads JSON too; JSON for the others. */
export function parsePatch(bytes: Buffer, type: string): unknown {
  const text = bytes.toString()
  if (type !== 'application/apply-patch+yaml') return parseJson(text, (problem) => `error decoding patch: ${problem}`)
  try {
    return parseYaml(text) as unknown
  } catch (error) {
    throw badRequest(`error decoding YAML: ${(error as Error).message.split('\n')[0]}`)
  }
}

function parseJson(text: string, message: (problem: string) => string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw badRequest(message(goMessage(text, (error as Error).message)))
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
