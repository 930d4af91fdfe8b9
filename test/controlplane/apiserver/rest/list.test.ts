import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseFieldSelector } from '../../../../src/controlplane/apiserver/rest/field-selector.ts'
import { parseLabelSelector } from '../../../../src/controlplane/apiserver/rest/label-selector.ts'
import { type ListPage, listObjects } from '../../../../src/controlplane/apiserver/rest/list.ts'
import { checkListOptions, type ListOptions } from '../../../../src/controlplane/apiserver/rest/list-options.ts'
import type { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { aPod, configMaps, makeBackend, pod, pods } from '../../harness.ts'

const namesOf = ({ items }: ListPage) => items.map(({ metadata }) => metadata?.name)

describe('label selectors', () => {
  const labels = { app: 'web', tier: 'front', level: '5' }
  const rules: readonly (readonly [string, boolean])[] = [
    ['app=web', true],
    ['app==web,tier!=back', true],
    ['app!=web', false],
    ['none!=x', true],
    ['app in (web, api)', true],
    ['app notin (web,api)', false],
    ['none notin (a)', true],
    ['app', true],
    ['!app', false],
    ['!none,tier in (front)', true],
    ['level>4', true],
    ['level<5', false],
    ['app=', false],
  ]
  for (const [selector, holds] of rules)
    it(`${selector} ${holds ? 'selects' : 'does not select'} the labels`, () => assert.equal(parseLabelSelector(selector)?.(labels), holds))

  it('one that does not parse is a 400', () => assert.throws(() => parseLabelSelector('a b c'), { code: 400 }))
})

describe('lists', () => {
  it('pages cover everything once, in order, and say how much remains', async () => {
    const { backend, store, definitions } = await makeBackend()
    for (let index = 0; index < 7; index++) await backend.create(pods, aPod(`p${index}`))
    const definition = definitions.named('pods')
    const names: (string | undefined)[] = []
    const remaining: (number | undefined)[] = []
    let next: string | undefined
    do {
      const page = listObjects(store, definition, 'default', { limit: 3, continue: next })
      names.push(...page.items.map(({ metadata }) => metadata?.name))
      remaining.push(page.metadata.remainingItemCount)
      next = page.metadata.continue
    } while (next)
    assert.deepEqual(names, ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6'])
    assert.deepEqual(remaining, [4, 1, undefined])
  })

  it('a page to be continued after the window has gone on is a 410', async () => {
    const { backend, store, definitions } = await makeBackend()
    for (const name of ['a', 'b']) await backend.create(pods, aPod(name))
    const definition = definitions.named('pods')
    const { metadata } = listObjects(store, definition, 'default', { limit: 1 })
    await backend.create(pods, aPod('c'))
    store.compact(store.revision)
    let fresh: string | undefined
    const refused = (error: KubeError) => {
      fresh = (error.status as { metadata?: { continue?: string } } | undefined)?.metadata?.continue
      return error.code === 410 && error.reason === 'Expired'
    }
    assert.throws(() => listObjects(store, definition, 'default', { limit: 1, continue: metadata.continue }), refused)
    const rest = listObjects(store, definition, 'default', { continue: fresh })
    assert.deepEqual(namesOf(rest), ['b', 'c'], 'the token that came with it goes on in the present')
    assert.equal(rest.metadata.resourceVersion, String(store.revision))
  })

  it('pages are of the version of the first, whatever is made, changed and deleted meanwhile', async () => {
    const { backend, store, definitions } = await makeBackend()
    const definition = definitions.named('configmaps')
    const made = (name: string, text: string) => ({ metadata: { name }, data: { text } }) as KubeObject
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), act: fc.constantFrom('put', 'put', 'delete'), list: fc.boolean() })
    const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), async (steps, limit) => {
      await backend.deleteCollection(configMaps)
      let first:
        | { readonly pages: KubeObject[]; readonly whole: readonly KubeObject[]; readonly version: string; next: string | undefined; left: number }
        | undefined
      for (const [index, { name, act, list }] of steps.entries()) {
        const known = store.get('configmaps', `default/${name}`)
        if (act === 'delete') await (known && backend.delete({ ...configMaps, name }))
        else if (known) await backend.update({ ...configMaps, name }, made(name, `${index}`))
        else await backend.create(configMaps, made(name, `${index}`))
        if (!list) continue
        const page: ListPage = listObjects(store, definition, 'default', { limit, continue: first?.next })
        first ??= { pages: [], whole: listObjects(store, definition, 'default', {}).items, version: page.metadata.resourceVersion, next: undefined, left: 0 }
        first.pages.push(...page.items)
        assert.equal(page.metadata.resourceVersion, first.version)
        assert.equal(page.metadata.remainingItemCount ?? 0, first.whole.length - first.pages.length)
        first.next = page.metadata.continue
        if (first.next) continue
        assert.deepEqual(first.pages, first.whole)
        assert.deepEqual(listObjects(store, definition, 'default', { resourceVersion: first.version, resourceVersionMatch: 'Exact' }).items, first.whole)
        first = undefined
      }
    })
    await fc.assert(property, { numRuns: 60 })
  })

  it('an exact version is listed as it was while the window reaches back to it', async () => {
    const { backend, store, definitions } = await makeBackend()
    const definition = definitions.named('pods')
    const { metadata } = await backend.create(pods, aPod('a'))
    await backend.create(pods, aPod('b'))
    await backend.delete(pod('a'), { gracePeriodSeconds: 0 })
    const then = { resourceVersion: metadata?.resourceVersion }
    const list = (options: ListOptions) => listObjects(store, definition, 'default', options)
    assert.deepEqual(namesOf(list({ ...then, resourceVersionMatch: 'Exact' })), ['a'])
    assert.deepEqual(namesOf(list({ ...then, limit: 5 })), ['a'], 'a limit without a match means that very version')
    assert.deepEqual(namesOf(list({ ...then, resourceVersionMatch: 'NotOlderThan' })), ['b'])
    assert.deepEqual(namesOf(list({ ...then, resourceVersionMatch: 'NotOlderThan', limit: 5 })), ['b'])
    store.compact(store.revision)
    assert.throws(() => list({ ...then, resourceVersionMatch: 'Exact' }), { code: 410, message: 'The resourceVersion for the provided list is too old.' })
  })

  const refused: readonly (readonly [options: ListOptions, watch: boolean, message: string])[] = [
    [{ resourceVersionMatch: 'Exact' }, false, 'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided'],
    [
      { resourceVersionMatch: 'Exact', resourceVersion: '0' },
      false,
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      { resourceVersionMatch: 'Near', resourceVersion: '1' },
      false,
      'resourceVersionMatch: Unsupported value: "Near": supported values: "Exact", "NotOlderThan", ""',
    ],
    [
      { resourceVersionMatch: 'Exact', resourceVersion: '1', continue: 'x' },
      false,
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
    ],
    [{ sendInitialEvents: true }, false, 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
    [{ sendInitialEvents: false }, true, 'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
    [
      { resourceVersionMatch: 'NotOlderThan' },
      true,
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ],
  ]
  for (const [options, watch, message] of refused)
    it(`${JSON.stringify(options)} of a ${watch ? 'watch' : 'list'} is refused in the words of kube-apiserver`, () =>
      assert.throws(() => checkListOptions(options, watch), { code: 422, message: `ListOptions.meta.k8s.io "" is invalid: ${message}` }))

  it('by node finds the pods of that node and follows one that is bound or deleted', async () => {
    const { backend } = await makeBackend()
    await backend.create(pods, aPod('a', { nodeName: 'n1' }))
    await backend.create(pods, aPod('b'))
    const onNode = async () => (await backend.list(pods, { fieldSelector: 'spec.nodeName=n1' })).items.map(({ metadata }) => metadata?.name)
    await backend.createSubresource(pod('b'), 'binding', { target: { name: 'n1' } } as never)
    assert.deepEqual(await onNode(), ['a', 'b'])
    await backend.delete(pod('a'), { gracePeriodSeconds: 0 })
    assert.deepEqual(await onNode(), ['b'])
  })

  it('by fields compares equal and unequal, and refuses what it does not know', async () => {
    const { definitions } = await makeBackend()
    const definition = definitions.named('pods')
    const object = { ...aPod('a', { nodeName: 'n' }), status: { phase: 'Running' } }
    assert.equal(parseFieldSelector(definition, 'status.phase!=Failed,metadata.name=a')?.matches(object), true)
    assert.equal(parseFieldSelector(definition, 'spec.nodeName=')?.matches(object), false)
    assert.throws(() => parseFieldSelector(definition, 'spec.nope=x'), { code: 400, message: 'field label not supported: spec.nope' })
  })
})
