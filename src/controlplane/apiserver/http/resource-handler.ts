import type { Writable } from 'node:stream'
import type { Clock } from '../../../base/clock.ts'
import { wholeList } from '../../../json/list-text.ts'
import type { PatchType } from '../../../kube/client.ts'
import type { KubeObject, Status } from '../../../kube/objects.ts'
import { modelOfKind } from '../../../kube/types/models.ts'
import { protobufMediaType } from '../../../protobuf/kubernetes/envelope.ts'
import { selectorOf } from '../rest/field-selector.ts'
import { type ListPage, listObjects } from '../rest/list.ts'
import { checkListOptions, parseVersion } from '../rest/list-options.ts'
import type { LocalBackend } from '../rest/local-backend.ts'
import { scaleKind } from '../rest/scale.ts'
import { filterOf } from '../rest/selection.ts'
import { invalid, methodNotAllowed, noSuchResource, unsupportedMediaType } from '../rest/status-errors.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { EventTexts } from '../watch/event-text.ts'
import { OpenWatches } from '../watch/open-watches.ts'
import { WatchQueue } from '../watch/watch-queue.ts'
import { mediaType } from './body/read-body.ts'
import { RequestBodies } from './body/request-bodies.ts'
import { connectOptions } from './connect-options.ts'
import { negotiate, type Representation } from './media-type.ts'
import { flag, integer, listOptionsOf, type ResourceRequest, selectionOf } from './request.ts'
import { respond, respondList } from './respond.ts'
import { includeObjectOf, type ViewOptions, viewAnswer, viewList, viewObject } from './views.ts'
import { streamWatch } from './watch-response.ts'
import { asksForWebSocket, openWebSocket } from './web-socket.ts'
import { warningsFor, writeContext } from './write-context.ts'

export interface ResourceHandlerOptions {
  readonly store: ObjectStore
  readonly backend: LocalBackend
  readonly clock: Clock
  /** Default 60 s, about what the real server does. */
  readonly bookmarkIntervalMs?: number
}

const patchTypes: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

// kube-apiserver --min-request-timeout: a watch lasts between that and twice that.
const minWatchMs = 1_800_000

/** Answers requests about resources. */
export class ResourceHandler implements AsyncDisposable {
  readonly #options: ResourceHandlerOptions
  readonly #texts = new EventTexts()
  /** The watches that are served now. */
  readonly watches = new OpenWatches()
  readonly #bodies: RequestBodies

  constructor(options: ResourceHandlerOptions) {
    this.#options = options
    this.#bodies = new RequestBodies(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bodies[Symbol.asyncDispose]()
  }

  async handle(asked: ResourceRequest): Promise<void> {
    const { definition, path, request } = asked
    if (definition.namespaced && path.name && !path.namespace) throw noSuchResource()
    if (!definition.namespaced && path.namespace) throw noSuchResource()
    if (path.subresource) this.#options.backend.verbs.subresource(definition, path.subresource)
    await definition.settle?.()
    if (definition.deprecation) asked.response.setHeader('warning', warningsFor(definition).headers())
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return path.name && !path.watch ? this.#get(asked) : this.#list(asked)
      case 'POST':
        return this.#create(asked)
      case 'PUT':
        return this.#update(asked)
      case 'PATCH':
        return this.#patch(asked)
      case 'DELETE':
        return path.name ? this.#delete(asked) : this.#deleteCollection(asked)
      default:
        throw methodNotAllowed()
    }
  }

  /** Lets a connection be made to what is behind a subresource, or throws what refuses it. */
  async admitConnection(asked: ResourceRequest): Promise<void> {
    await this.#options.backend.verbs.connect(targetOf(asked), asked.path.subresource, connectOptions(asked), writeContext(asked, this.#options, []))
  }

  async #get(asked: ResourceRequest): Promise<void> {
    const { definition, path } = asked
    const allowed = path.subresource ? this.#options.backend.verbs.subresource(definition, path.subresource).verbs : definition.verbs
    if (!allowed.includes('get')) throw methodNotAllowed()
    const [computed] = (await this.#computed(asked)) ?? []
    this.#answer(asked, 200, computed ?? this.#options.backend.verbs.get(targetOf(asked), path.subresource))
  }

  /** Undefined for what is stored. */
  async #computed({ definition, path, query }: ResourceRequest): Promise<readonly KubeObject[] | undefined> {
    const { backend, clock } = this.#options
    const objects = await definition.compute?.(path, { backend, now: clock.wall() })
    if (!objects || path.name) return objects
    const filter = filterOf(definition, path.namespace, selectionOf(query))
    return objects.filter((object) => filter.matches(object))
  }

  async #list(asked: ResourceRequest): Promise<void> {
    const { definition, path, query, response } = asked
    if (!definition.verbs.includes('list')) throw methodNotAllowed()
    if (path.watch || flag(query, 'watch')) {
      if (!definition.verbs.includes('watch')) throw methodNotAllowed()
      return this.#watch(asked)
    }
    const computed = await this.#computed(asked)
    const page: ListPage = computed
      ? { items: computed, metadata: { resourceVersion: '' } }
      : listObjects(this.#options.store, definition, path.namespace, listOptionsOf(query))
    const representation = representationOf(asked)
    const list = viewList(definition, page, this.#view(asked))
    if (asked.audit?.wantsAnswer) asked.audit.answered(wholeList(list))
    await respondList(response, list, representation)
  }

  async #watch(asked: ResourceRequest): Promise<void> {
    const { definition, path, query } = asked
    const { store, clock } = this.#options
    const single = path.name ? { fieldSelector: selectorOf('metadata.name', path.name) } : {}
    const filter = filterOf(definition, path.namespace, { ...selectionOf(query), ...single })
    const version = query.get('resourceVersion') || '0'
    const sendInitial = flag(query, 'sendInitialEvents')
    const bookmarks = flag(query, 'allowWatchBookmarks')
    checkListOptions(listOptionsOf(query), true)
    // A version that cannot be read is a 400 before the stream begins.
    const wanted = parseVersion(version)
    const from = wanted === 0 || sendInitial ? undefined : wanted
    const seconds = integer(query, 'timeoutSeconds')
    const { format } = representationOf(asked)
    asked.audit?.started(200)
    return streamWatch(await watchOutput(asked, format), () => new WatchQueue(store, definition, filter, { from, markInitialEnd: sendInitial && bookmarks }), {
      definition,
      clock,
      open: this.watches,
      texts: this.#texts,
      format: upgrades(asked) ? 'json' : format,
      view: this.#view(asked),
      bookmarks,
      bookmarkIntervalMs: this.#options.bookmarkIntervalMs ?? 60_000,
      timeoutMs: seconds ? seconds * 1000 : minWatchMs * (1 + Math.random()),
      revision: () => store.revision,
    })
  }

  async #create(asked: ResourceRequest): Promise<void> {
    const { definition, path } = asked
    const { verbs } = this.#options.backend
    if (path.subresource) {
      verbs.subresource(definition, path.subresource)
      const { body, context } = await this.#bodies.object(asked, verbs.bodyOf(definition, path.subresource))
      return this.#answer(asked, 201, await verbs.createSubresource(targetOf(asked), path.subresource, body, context))
    }
    if (path.name) throw methodNotAllowed()
    const { body, context } = await this.#bodies.object(asked, definition)
    this.#answer(asked, 201, await verbs.create(targetOf(asked), body, context))
  }

  async #update(asked: ResourceRequest): Promise<void> {
    const { definition, path } = asked
    if (!path.name) throw methodNotAllowed()
    const { verbs } = this.#options.backend
    const isScale = path.subresource !== '' && verbs.subresource(definition, path.subresource).scale !== undefined
    const { body, context } = await this.#bodies.object(asked, isScale ? scaleKind : definition)
    const { object, created } = await verbs.update(targetOf(asked), body, context, path.subresource || undefined)
    this.#answer(asked, created ? 201 : 200, object)
  }

  async #patch(asked: ResourceRequest): Promise<void> {
    const { path, query, request } = asked
    if (!path.name) throw methodNotAllowed()
    const type = mediaType(request.headers['content-type']) ?? ''
    if (!patchTypes.includes(type)) throw unsupportedMediaType(patchTypes)
    const apply = type === 'application/apply-patch+yaml'
    if (apply && !query.get('fieldManager')) {
      const field = { reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' } as const
      throw invalid({ group: 'meta.k8s.io', resource: 'patchoptions', kind: 'PatchOptions' }, '', [field])
    }
    const { patch, context } = await this.#bodies.patch(asked, type as PatchType)
    const force = flag(query, 'force')
    const subresource = path.subresource || undefined
    const { object, created } = await this.#options.backend.verbs.patch(targetOf(asked), { ...patch, subresource, force }, context)
    this.#answer(asked, created ? 201 : 200, object)
  }

  async #delete(asked: ResourceRequest): Promise<void> {
    const { path } = asked
    if (path.subresource) throw methodNotAllowed()
    const options = await this.#bodies.deleteOptions(asked)
    const context = writeContext(asked, this.#options, options.dryRun)
    this.#answer(asked, 200, await this.#options.backend.verbs.delete(targetOf(asked), options, context))
  }

  async #deleteCollection(asked: ResourceRequest): Promise<void> {
    const { definition, query, response } = asked
    const options = await this.#bodies.deleteOptions(asked)
    const context = writeContext(asked, this.#options, options.dryRun)
    const page = await this.#options.backend.verbs.deleteCollection(targetOf(asked), selectionOf(query), options, context)
    await respondList(response, viewList(definition, page, this.#view(asked)), representationOf(asked))
  }

  #answer(asked: ResourceRequest, code: number, object: KubeObject | Status): void {
    const representation = representationOf(asked)
    asked.audit?.answered(object)
    const view = object.kind === asked.definition.kind ? viewObject : viewAnswer
    respond(asked.response, code, view(asked.definition, object as KubeObject, this.#view(asked)), representation)
  }

  #view(asked: ResourceRequest): ViewOptions {
    return { as: representationOf(asked).as, includeObject: includeObjectOf(asked.query.get('includeObject')), now: this.#options.clock.wall() }
  }
}

const targetOf = ({ definition, path }: ResourceRequest) => ({ definition, namespace: path.namespace, name: path.name })

const upgrades = ({ request, upgrade }: ResourceRequest) => upgrade !== undefined && asksForWebSocket(request)

/** How the answer is written. Throws a 406. */
const representationOf = ({ request, definition }: ResourceRequest): Representation =>
  negotiate(request.headers.accept, !definition.decode && modelOfKind(definition) !== undefined)

/** Where the lines of a watch go: into the answer, or each as a message of a WebSocket. */
async function watchOutput({ request, response, upgrade }: ResourceRequest, format: Representation['format']): Promise<Writable> {
  if (upgrade && asksForWebSocket(request)) return openWebSocket(request, upgrade, { '': 'text' }, true)
  const contentType = format === 'protobuf' ? `${protobufMediaType};stream=watch` : 'application/json'
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-cache, private' })
  // The client learns at once that the watch stands.
  response.flushHeaders()
  return response
}
