import { parseJson } from '../../json/exact.ts'
import { KubeError } from '../client.ts'
import type { Status } from '../objects.ts'
import { statusError } from '../status-error.ts'
import { listKindAt, objectCheck, quoted } from './answer-types.ts'
import { isRecord } from './type-check.ts'

/** One page of a list. Its items are not looked at yet. */
export interface ListPage {
  readonly items: readonly unknown[]
  readonly resourceVersion: string
  readonly next: string | undefined
}

/** The answer is none that an API server gives there: from a proxy, cut short, damaged. */
export const unusable = (request: string, why: string, cause?: unknown): KubeError =>
  new KubeError(`the answer to ${request} cannot be used: ${why}`, 0, 'Garbled', { cause })

/** A successful answer's body as a JSON object. What a server calls a failure in it is thrown as one, whatever the answer's code. */
export function readAnswer(request: string, text: string): Record<string, unknown> {
  if (text === '') throw unusable(request, 'it is empty')
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    throw unusable(request, 'it is something other than JSON', cause)
  }
  if (!isRecord(value)) throw unusable(request, 'it is no object')
  if (value.kind === 'Status' && value.status === 'Failure') throw statusError(value as Status)
  return value
}

/** An answer that is one object of what is served at `path`. */
export function readObject(request: string, path: string, text: string): Record<string, unknown> {
  const object = readAnswer(request, text)
  const wrong = objectCheck(path)(object)
  if (wrong !== undefined) throw unusable(request, wrong.replace(/^[.:] ?/, ''))
  return object
}

/** An answer that is a list of what is served at `path`. A list without items has none; one whose items are no list is no list. */
export function readPage(request: string, path: string, text: string): ListPage {
  const { kind, metadata, items } = readAnswer(request, text)
  const expected = listKindAt(path)
  if (typeof kind === 'string' && expected !== undefined && kind !== '' && kind !== expected && kind !== 'List')
    throw unusable(request, `${quoted(kind)} is not ${expected}`)
  if (items !== undefined && items !== null && !Array.isArray(items)) throw unusable(request, 'items: must be a list')
  const { resourceVersion, continue: next } = isRecord(metadata) ? metadata : {}
  return {
    items: items ?? [],
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    next: typeof next === 'string' && next !== '' ? next : undefined,
  }
}
