import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../../../base/clock.ts'
import { writeJson } from '../../../../json/exact.ts'
import type { PatchType } from '../../../../kube/client.ts'
import type { KubeObject } from '../../../../kube/objects.ts'
import { type DecodedKind, decodeObject } from '../../rest/decode.ts'
import type { WriteContext } from '../../rest/environment.ts'
import type { LocalBackend } from '../../rest/local-backend.ts'
import type { PatchRequest } from '../../rest/patch.ts'
import { deleteOptionsOf, type ResourceRequest } from '../request.ts'
import { writeContext } from '../write-context.ts'
import { LargeBodies, largeBodyBytes } from './large-bodies.ts'
import { parseObject, parsePatch } from './parse-body.ts'
import { readBody } from './read-body.ts'

/** Reads what requests bring: small bodies at once, large ones on another thread. */
export class RequestBodies implements AsyncDisposable {
  readonly #options: { readonly clock: Clock; readonly backend: LocalBackend }
  readonly #large = new LargeBodies()

  constructor(options: { readonly clock: Clock; readonly backend: LocalBackend }) {
    this.#options = options
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#large[Symbol.asyncDispose]()
  }

  async deleteOptions(asked: ResourceRequest) {
    const bytes = await readBody(asked.request)
    if (bytes.length === 0) return deleteOptionsOf(asked.query, undefined)
    const { body, context } = await this.object(asked, deleteOptionsKind, bytes)
    // Of whatever group and version it says that it is.
    const nameless = typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body, apiVersion: undefined, kind: undefined } : body
    return deleteOptionsOf(asked.query, decodeObject(deleteOptionsKind, nameless, context))
  }

  /** The object of a body, and the context of its write. A large one is read elsewhere, and comes decoded. */
  async object(asked: ResourceRequest, kind: DecodedKind, read?: Buffer): Promise<{ readonly body: unknown; readonly context: WriteContext }> {
    const bytes = read ?? (await readBody(asked.request))
    const contentType = asked.request.headers['content-type']
    const context = writeContext(asked, this.#options, read ? [] : undefined)
    if (bytes.length <= largeBodyBytes) {
      const { value, duplicates } = parseObject(bytes, contentType, kind)
      asked.audit?.sent(value)
      return { body: value, context: { ...context, duplicates } }
    }
    const { object, warnings } = await this.#large.decode({
      type: 'object',
      bytes,
      contentType,
      creates: asked.request.method === 'POST',
      ...decoding(kind, context),
    })
    asked.audit?.sent(object)
    return { body: object, context: kind.decode ? context : decodedContext(context, warnings) }
  }

  /** A patch of that type, and the context of its write. One that is large is applied elsewhere, to what `change` is given. */
  async patch(asked: ResourceRequest, type: PatchType): Promise<{ readonly patch: PatchRequest; readonly context: WriteContext }> {
    const bytes = await readBody(asked.request)
    const context = writeContext(asked, this.#options)
    if (bytes.length <= largeBodyBytes) {
      const { value, duplicates } = parsePatch(bytes, type)
      asked.audit?.sent(value)
      return { patch: { type, patch: value }, context: { ...context, duplicates } }
    }
    const how = decoding(asked.definition, context)
    if (type === 'application/apply-patch+yaml') {
      const { object, warnings } = await this.#large.decode({ type: 'apply', bytes, ...how })
      asked.audit?.sent(object)
      return { patch: { type, patch: object }, context: asked.definition.decode ? context : decodedContext(context, warnings) }
    }
    if (asked.audit?.wantsRequest) asked.audit.sent(parsePatch(bytes, type).value)
    const change = async (old: KubeObject) => {
      const { object, warnings } = await this.#large.decode({ type: 'patch', patchType: type, old: writeJson(old), bytes, ...how })
      for (const text of warnings) context.warn(text)
      return object
    }
    return { patch: { type, patch: undefined, change }, context: asked.definition.decode ? context : decodedContext(context, []) }
  }
}

const deleteOptionsKind: DecodedKind = { group: '', version: 'v1', kind: 'DeleteOptions', model: 'meta/v1.DeleteOptions' }

// What is kept by a schema of its own is only parsed there, and decoded here.
const decoding = ({ group, version, kind, model, decode }: DecodedKind, { fieldValidation }: WriteContext) => ({
  kind: { group, version, kind, ...(!decode && { model }) },
  fieldValidation,
})

/** Of what is decoded already: checked no more, and written by the turn. */
function decodedContext(context: WriteContext, warnings: readonly string[]): WriteContext {
  for (const text of warnings) context.warn(text)
  return { ...context, fieldValidation: 'Ignore', decoded: true, pause: () => turn() }
}
