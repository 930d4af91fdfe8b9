import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseFieldSelector } from '../../../../src/controlplane/apiserver/rest/field-selector.ts'
import { parseLabelSelector } from '../../../../src/controlplane/apiserver/rest/label-selector.ts'
import { listObjects } from '../../../../src/controlplane/apiserver/rest/list.ts'
import { aPod, makeBackend, pod, pods } from '../../harness.ts'

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
    assert.throws(() => listObjects(store, definition, 'default', { limit: 1, continue: metadata.continue }), { code: 410, reason: 'Expired' })
  })

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
