import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { filterOf } from '../../../../src/controlplane/apiserver/rest/selection.ts'
import { EventTexts } from '../../../../src/controlplane/apiserver/watch/event-text.ts'
import { type WatchItem, type WatchOptions, WatchQueue } from '../../../../src/controlplane/apiserver/watch/watch-queue.ts'
import { aPod, makeBackend, pod, pods } from '../../harness.ts'

async function open(options: WatchOptions & { fieldSelector?: string; labelSelector?: string; window?: number } = {}) {
  const made = await makeBackend({ window: options.window })
  const definition = made.definitions.named('pods')
  const watch = (over: WatchOptions = options) => new WatchQueue(made.store, definition, filterOf(definition, 'default', options), over)
  return { ...made, definition, watch }
}

const told = (items: readonly WatchItem[]) => items.map((item) => (item.type === 'BOOKMARK' ? 'BOOKMARK' : `${item.type} ${item.object.metadata?.name}`))
const label = (name: string, app: string) => [pod(name), 'application/merge-patch+json', { metadata: { labels: { app } } }] as const

describe('a watch', () => {
  it('goes on from a version with every change since, in order', async () => {
    const { backend, store, watch } = await open()
    await backend.create(pods, aPod('a'))
    const from = store.revision
    await backend.create(pods, aPod('b'))
    await backend.patch(...label('a', 'x'))
    using queue = watch({ from })
    assert.deepEqual(told(await queue.next()), ['ADDED b', 'MODIFIED a'])
    await backend.delete(pod('b'))
    assert.deepEqual(told(await queue.next()), ['MODIFIED b', 'DELETED b'])
  })

  it('without a version begins with what there is, and can say when that is all', async () => {
    const { backend, watch } = await open()
    for (const name of ['b', 'a']) await backend.create(pods, aPod(name))
    using queue = watch({ markInitialEnd: true })
    assert.deepEqual(told(await queue.next()), ['ADDED a', 'ADDED b', 'BOOKMARK'])
  })

  it('tells of what comes into a selector as ADDED, of what leaves it as DELETED', async () => {
    const { backend, watch } = await open({ labelSelector: 'app=x' })
    using queue = watch()
    await backend.create(pods, aPod('a', { labels: { app: 'y' } }))
    await backend.patch(...label('a', 'x'))
    await backend.patch(...label('a', 'y'))
    const items = await queue.next()
    assert.deepEqual(told(items), ['ADDED a', 'DELETED a'])
    const versions = items.map((item) => (item.type === 'BOOKMARK' ? 0 : Number(item.object.metadata?.resourceVersion)))
    assert.ok((versions[1] ?? 0) > (versions[0] ?? 0), 'the event that takes it out has its own version')
  })

  it("of one node's pods hears of a pod when it is bound there", async () => {
    const { backend, watch } = await open({ fieldSelector: 'spec.nodeName=n1' })
    using queue = watch()
    await backend.create(pods, aPod('other', { nodeName: 'n2' }))
    await backend.create(pods, aPod('a'))
    await backend.createSubresource(pod('a'), 'binding', { target: { name: 'n1' } } as never)
    assert.deepEqual(told(await queue.next()), ['ADDED a'])
  })

  it('from before the window is a 410, from the future a 504', async () => {
    const { backend, store, watch } = await open({ window: 3 })
    const from = store.revision
    for (const name of ['a', 'b', 'c', 'd']) await backend.create(pods, aPod(name))
    assert.throws(() => watch({ from }), { code: 410, reason: 'Expired', message: /too old resource version/ })
    assert.throws(() => watch({ from: store.revision + 1 }), { code: 504 })
    using queue = watch({ from: from + 1 })
    assert.deepEqual(told(await queue.next()), ['ADDED b', 'ADDED c', 'ADDED d'])
  })

  it('that does not keep up is cut, and holds nothing any more', async () => {
    const { backend, watch } = await open()
    using queue = watch({ maxWaiting: 2 })
    for (const name of ['a', 'b', 'c']) await backend.create(pods, aPod(name))
    await assert.rejects(queue.next(), { code: 410 })
  })

  it('shares the text of a change with the other watches', async () => {
    const { backend, definition, watch } = await open()
    using one = watch()
    using two = watch()
    await backend.create(pods, aPod('a'))
    const texts = new EventTexts()
    const lines = [...(await one.next()), ...(await two.next())].map((item) =>
      item.type === 'BOOKMARK' ? '' : texts.line(definition, { ...item, object: { ...item.object } }),
    )
    assert.equal(lines[0], lines[1])
    assert.match(String(lines[0]), /^\{"type":"ADDED","object":\{.*\}\}\n$/)
  })
})
