import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import type { Pod } from '../../src/kube/objects.ts'
import { reflect } from '../../src/kube/reflector.ts'
import { refused, ScriptedClient, ScriptedWatch } from '../support/scripted-client.ts'

const pod = (name: string, version: string, uid = name): Pod => ({ metadata: { name, namespace: 'a', uid, resourceVersion: version } })
const names = (pods: readonly Pod[]) => pods.map((each) => each.metadata?.name).join(' ')

/** A reflector at work, and what its store was told. */
function following(client: ScriptedClient, more: Partial<Pick<Parameters<typeof reflect<Pod>>[0], 'accept' | 'onRefused'>> = {}) {
  const clock = new ManualClock()
  const stopping = new AbortController()
  const told: string[] = []
  const done = reflect<Pod>({
    client,
    path: '/api/v1/pods',
    query: { fieldSelector: 'spec.nodeName=n1' },
    store: {
      sync: (pods, refused) => told.push(`all: ${names(pods)}${refused.length > 0 ? `, refused: ${refused.map((each) => each.name ?? '?').join(' ')}` : ''}`),
      upsert: (each) => told.push(`put: ${each.metadata?.name}@${each.metadata?.resourceVersion}`),
      remove: (each) => told.push(`gone: ${each.metadata?.name}`),
    },
    clock,
    log: silentLogger,
    signal: stopping.signal,
    random: () => 1,
    ...more,
  })
  return {
    told,
    clock,
    stop: async () => {
      stopping.abort(new Error('stop'))
      await done
    },
  }
}
const listed = (version: string, ...items: Pod[]) => ({ items, resourceVersion: version })

test('lists, then watches from the list’s version, and tells what changes', async () => {
  const watch = new ScriptedWatch()
  const client = new ScriptedClient().on('LIST', /pods$/, listed('10', pod('a', '9'))).on('WATCH', /pods$/, watch)
  const { told, clock, stop } = following(client)
  await clock.advance(0)
  watch.say(
    { type: 'ADDED', object: pod('b', '11') },
    { type: 'MODIFIED', object: pod('a', '12') },
    { type: 'MODIFIED', object: pod('a', '12') },
    { type: 'DELETED', object: pod('b', '13') },
  )
  await clock.advance(0)
  assert.deepEqual(told, ['all: a', 'put: b@11', 'put: a@12', 'gone: b'])
  const query = client.of('WATCH')[0]?.query
  assert.equal(query?.resourceVersion, '10')
  assert.equal(query?.fieldSelector, 'spec.nodeName=n1')
  await stop()
})

test('a watch that ends is resumed from the last bookmark, without a list', async () => {
  const [first, second] = [new ScriptedWatch(), new ScriptedWatch()]
  const client = new ScriptedClient().on('LIST', /pods$/, listed('10')).on('WATCH', /pods$/, first, second)
  const { told, clock, stop } = following(client)
  await clock.advance(0)
  first.say({ type: 'BOOKMARK', object: pod('', '90') }, 'end')
  await clock.advance(0)
  second.say({ type: 'ADDED', object: pod('a', '91') })
  await clock.advance(0)
  assert.deepEqual(told, ['all: ', 'put: a@91'])
  assert.equal(client.of('LIST').length, 1)
  assert.equal(client.of('WATCH')[1]?.query?.resourceVersion, '90')
  await stop()
})

for (const [how, say] of [
  ['as an answer', undefined],
  ['in the stream', { type: 'ERROR' as const, object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' } }],
] as const) {
  test(`410 ${how} lists again at once, and the store is made like the list`, async () => {
    const [first, second] = [new ScriptedWatch(), new ScriptedWatch()]
    const client = new ScriptedClient().on('LIST', /pods$/, listed('10', pod('a', '9')), listed('99', pod('b', '98')))
    client.on('WATCH', /pods$/, ...(say ? [first, second] : [refused(410), second]))
    const { told, clock, stop } = following(client)
    await clock.advance(0)
    if (say) first.say(say)
    await clock.advance(0)
    assert.deepEqual(told, ['all: a', 'all: b'])
    assert.equal(client.of('WATCH').at(-1)?.query?.resourceVersion, '99')
    await stop()
  })
}

test('an hour without an API server: asked at most each 30 s, resumed where it was, nothing forgotten', async () => {
  const [first, later] = [new ScriptedWatch(), new ScriptedWatch()]
  let away = false
  const client = new ScriptedClient().on('LIST', /pods$/, listed('10', pod('a', '9'))).on('WATCH', /pods$/, () => {
    if (away) throw refused(0)
    return client.of('WATCH').length === 1 ? first : later
  })
  const { told, clock, stop } = following(client)
  await clock.advance(0)
  away = true
  first.say(refused(0))
  await clock.advance(3_600_000)
  const tries = client.of('WATCH').length
  assert.ok(tries >= 60 && tries <= 130, `${tries} tries in an hour`)
  assert.deepEqual(told, ['all: a'], 'the store is left alone while nothing is known')
  away = false
  await clock.advance(60_000)
  later.say({ type: 'MODIFIED', object: pod('a', '11') })
  await clock.advance(0)
  assert.deepEqual(told, ['all: a', 'put: a@11'])
  assert.equal(client.of('LIST').length, 1, 'the version was still known: no list was needed')
  await stop()
})

test('the first list is tried until it works; 403, 500 and 503 are waited out more and more slowly', async () => {
  const client = new ScriptedClient()
    .on('LIST', /pods$/, refused(0), refused(403), refused(500), refused(503, 'later', { retryAfterMs: 20_000 }), listed('1', pod('a', '1')))
    .on('WATCH', /pods$/, new ScriptedWatch())
  const { told, clock, stop } = following(client)
  const at: number[] = []
  for (let seconds = 0; seconds < 60 && told.length === 0; seconds += 1) {
    await clock.advance(1000)
    if (client.of('LIST').length > at.length) at.push(seconds)
  }
  assert.deepEqual(told, ['all: a'])
  assert.ok((at.at(-1) ?? 0) - (at.at(-2) ?? 0) >= 20, `Retry-After is honoured: ${at.join(' ')}`)
  await stop()
})

test('a server that closes every watch at once is not asked in a tight loop', async () => {
  const client = new ScriptedClient().on('LIST', /pods$/, listed('1')).on('WATCH', /pods$/, () => {
    const watch = new ScriptedWatch()
    watch.say('end')
    return watch
  })
  const { clock, stop } = following(client)
  await clock.advance(60_000)
  assert.ok(client.of('WATCH').length < 12, `${client.of('WATCH').length} watches in a minute`)
  await stop()
})

test('a server that has always forgotten what it listed is asked more and more slowly', async () => {
  const client = new ScriptedClient().on('LIST', /pods$/, listed('1')).on('WATCH', /pods$/, refused(410))
  const { clock, stop } = following(client)
  await clock.advance(60_000)
  assert.ok(client.of('LIST').length < 12, `${client.of('LIST').length} lists in a minute`)
  await stop()
})

test('a pod that was deleted and made again under its name is told anew', async () => {
  const watch = new ScriptedWatch()
  const client = new ScriptedClient().on('LIST', /pods$/, listed('10', pod('a', '9', 'first'))).on('WATCH', /pods$/, watch)
  const { told, clock, stop } = following(client)
  await clock.advance(0)
  watch.say({ type: 'DELETED', object: pod('a', '11', 'first') }, { type: 'ADDED', object: pod('a', '12', 'second') })
  await clock.advance(0)
  assert.deepEqual(told, ['all: a', 'gone: a', 'put: a@12'])
  await stop()
})

test('each pod of a list is taken or refused by itself, and one that is refused is not shown as gone', async () => {
  const broken = { metadata: { name: 'b', namespace: 'a', uid: 'b', resourceVersion: '5' }, spec: { containers: 'none' } } as unknown as Pod
  const said: string[] = []
  const client = new ScriptedClient()
    .on('LIST', /pods$/, listed('10', pod('a', '9'), broken, null as unknown as Pod, pod('c', '8')))
    .on('WATCH', /pods$/, new ScriptedWatch())
  const { told, clock, stop } = following(client, { onRefused: ({ identity, why }) => said.push(`${identity.name ?? '?'}${why}`) })
  await clock.advance(0)
  assert.deepEqual(told, ['all: a c, refused: b ?'])
  assert.deepEqual(said, ['b.spec.containers: must be a list', '?: must be an object'])
  await stop()
})

test('a pod that is damaged by a change stays as it was; when it is mended it is told, when it is deleted it goes', async () => {
  const watch = new ScriptedWatch()
  const client = new ScriptedClient().on('LIST', /pods$/, listed('10', pod('a', '9'))).on('WATCH', /pods$/, watch)
  const { told, clock, stop } = following(client)
  await clock.advance(0)
  const damaged = (version: string) => ({ metadata: { ...pod('a', version).metadata, labels: 'x' } }) as unknown as Pod
  watch.say({ type: 'MODIFIED', object: damaged('11') }, { type: 'MODIFIED', object: pod('a', '12') }, { type: 'DELETED', object: damaged('13') })
  await clock.advance(0)
  assert.deepEqual(told, ['all: a', 'put: a@12', 'gone: a'])
  await stop()
})

test('events of unknown types, without an object, or bookmarks without a version cost nothing', async () => {
  const watch = new ScriptedWatch()
  const client = new ScriptedClient().on('LIST', /pods$/, listed('10')).on('WATCH', /pods$/, watch)
  const { told, clock, stop } = following(client)
  await clock.advance(0)
  const odd = (event: unknown) => event as { type: 'ADDED'; object: Pod }
  watch.say(
    odd({ type: 'RENAMED', object: pod('x', '11') }),
    odd({ type: 'ADDED' }),
    odd({ type: 'BOOKMARK', object: { metadata: {} } }),
    odd({ type: 'BOOKMARK' }),
    odd({ type: 'DELETED', object: {} }),
  )
  watch.say({ type: 'ADDED', object: pod('a', '12') })
  await clock.advance(0)
  assert.deepEqual(told, ['all: ', 'put: a@12'])
  assert.equal(client.of('WATCH').length, 1)
  await stop()
})

test('a server that closes every watch at once after an event is not asked in a tight loop either', async () => {
  let version = 10
  const client = new ScriptedClient().on('LIST', /pods$/, listed('10')).on('WATCH', /pods$/, () => {
    const watch = new ScriptedWatch()
    version += 1
    watch.say({ type: 'MODIFIED', object: pod('a', String(version)) }, 'end')
    return watch
  })
  const { clock, stop } = following(client)
  await clock.advance(60_000)
  assert.ok(client.of('WATCH').length < 15, `${client.of('WATCH').length} watches in a minute`)
  await stop()
})

test('versions that go back in a watch are a store that was replaced: everything is listed anew', async () => {
  const [first, second] = [new ScriptedWatch(), new ScriptedWatch()]
  const client = new ScriptedClient().on('LIST', /pods$/, listed('1000', pod('a', '990')), listed('501', pod('b', '400'))).on('WATCH', /pods$/, first, second)
  const { told, clock, stop } = following(client)
  await clock.advance(0)
  first.say({ type: 'BOOKMARK', object: pod('', '500') })
  await clock.advance(0)
  assert.deepEqual(told, ['all: a', 'all: b'])
  assert.equal(client.of('WATCH').at(-1)?.query?.resourceVersion, '501')
  await stop()
})

test('a watch that stays silent is compared with a list: what it missed is taken, and where nothing is amiss it is asked ever more seldom', async () => {
  const [first, second] = [new ScriptedWatch(), new ScriptedWatch()]
  const [before, after] = [listed('1000', pod('a', '990')), listed('600', pod('a', '400'), pod('b', '401'))]
  const client = new ScriptedClient().on('LIST', /pods$/, before, before, after).on('WATCH', /pods$/, first, second)
  const { told, clock, stop } = following(client)
  await clock.advance(130_000)
  assert.deepEqual(told, ['all: a'])
  assert.deepEqual([client.of('LIST').length, client.of('WATCH').length], [2, 1])
  await clock.advance(250_000)
  assert.deepEqual(told, ['all: a', 'all: a b'])
  assert.equal(client.of('WATCH').at(-1)?.query?.resourceVersion, '600')
  const lists = client.of('LIST').length
  await clock.advance(3_600_000)
  assert.ok(client.of('LIST').length - lists < 12, `${client.of('LIST').length - lists} lists in an hour`)
  await stop()
})

test('a fault that one object meets in the store costs the others nothing', async () => {
  const watch = new ScriptedWatch()
  const client = new ScriptedClient().on('LIST', /pods$/, listed('10')).on('WATCH', /pods$/, watch)
  const clock = new ManualClock()
  const stopping = new AbortController()
  const told: unknown[] = []
  const upsert = (each: Pod) => {
    if (each.metadata?.name === 'a') throw new TypeError('a fault')
    told.push(each.metadata?.name)
  }
  const done = reflect<Pod>({ client, path: '/api/v1/pods', store: { sync() {}, upsert, remove() {} }, clock, log: silentLogger, signal: stopping.signal })
  await clock.advance(0)
  watch.say({ type: 'ADDED', object: pod('a', '11') }, { type: 'ADDED', object: pod('b', '12') })
  await clock.advance(0)
  assert.deepEqual(told, ['b'])
  assert.equal(client.of('WATCH').length, 1)
  stopping.abort()
  await done
})

test('a server that has not come to the version yet (504) is listed anew', async () => {
  const watch = new ScriptedWatch()
  const client = new ScriptedClient()
    .on('LIST', /pods$/, listed('1000', pod('a', '990')), listed('501', pod('b', '400')))
    .on('WATCH', /pods$/, refused(504, 'Too large resource version: 1000, current: 501'), watch)
  const { told, clock, stop } = following(client)
  await clock.advance(0)
  assert.deepEqual(told, ['all: a', 'all: b'])
  await stop()
})
