import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { Subscriber } from '../../src/cadvisor/live/subscriber.ts'
import { waitUntil } from '../support/wait-until.ts'
import { container, PageLab, podSnapshot, runningPod } from './fixture.ts'

interface Told {
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: messages are looked into, field by field.
  readonly data: any
}

/** An open page, without the page. */
class Watcher implements AsyncDisposable {
  readonly told: Told[] = []
  readonly #abort = new AbortController()
  #text = ''

  static async open(lab: PageLab): Promise<Watcher> {
    const watcher = new Watcher()
    const response = await fetch(`${lab.url}/live/events`, { signal: watcher.#abort.signal })
    assert.equal(response.status, 200)
    void watcher.#read(response.body as ReadableStream<Uint8Array>).catch(() => {})
    await watcher.until('open')
    return watcher
  }

  /** The next message of that name that is not taken yet. */
  async until(name: string): Promise<Told['data']> {
    return waitUntil(`a message ${name}`, () => {
      const index = this.told.findIndex((each) => each.name === name)
      return index >= 0 && this.told.splice(index, 1)[0]?.data
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      this.#text += decoder.decode(chunk, { stream: true })
      const parts = this.#text.split('\n\n')
      this.#text = parts.pop() ?? ''
      for (const part of parts) {
        const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(part) ?? []
        this.told.push({ name, data: JSON.parse(data) })
      }
    }
  }
}

test('a page that opens gets everything, then only the rows whose figures changed', async () => {
  await using lab = await PageLab.start()
  lab.set(runningPod('web', 'u1', ['a', 'b']))
  const both = (t: number, busy: number) => [podSnapshot(t, [container('a', t, busy), container('b', 20, 0.1)], { network: [] })]
  await lab.sample(10, both(10, 0.5))
  await lab.sample(20, both(20, 0.5))
  const response = await fetch(`${lab.url}/live/events`)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const first = new TextDecoder().decode((await reader.read()).value)
  await reader.cancel()
  const open = JSON.parse(first.replace(/^event: open\ndata: /, ''))
  const [pod] = open.pods
  assert.equal(pod.name, 'web')
  const [a] = pod.containers.map(({ id }: { id: number }) => id)
  const cpu = open.figures.container.indexOf('cpu')
  assert.equal(open.rows[a][cpu], 500)
  await using watcher = await Watcher.open(lab)
  await lab.sample(30, both(30, 0.5))
  assert.deepEqual((await watcher.until('sample')).rows, {})
  await lab.sample(40, both(40, 0.6))
  const busy = await watcher.until('sample')
  assert.deepEqual(Object.keys(busy.rows), [String(a)])
  assert.equal(busy.rows[a][cpu], 900)
})

test('a pod that starts or goes is told by the event, not with the next sample', async () => {
  await using lab = await PageLab.start()
  await using watcher = await Watcher.open(lab)
  lab.set(runningPod('web', 'u1'))
  lab.set(runningPod('db', 'u2'))
  await lab.clock.advance(100)
  const came = await watcher.until('pods')
  assert.deepEqual(
    came.changed.map((pod: { name: string; status: string }) => [pod.name, pod.status]),
    [
      ['web', 'Running'],
      ['db', 'Running'],
    ],
  )
  lab.remove('u1')
  await lab.clock.advance(100)
  const left = await watcher.until('pods')
  assert.deepEqual(left, { changed: [], gone: [came.changed[0].id] })
})

test('what is told again without being different is not sent', async () => {
  await using lab = await PageLab.start()
  lab.set(runningPod('web', 'u1'))
  await using watcher = await Watcher.open(lab)
  lab.set(runningPod('web', 'u1'))
  await lab.clock.advance(1000)
  await lab.sample(10, [])
  await watcher.until('sample')
  assert.deepEqual(watcher.told, [])
})

test('sampling is asked to hurry while somebody looks, and not longer', async () => {
  await using lab = await PageLab.start()
  {
    await using _ = await Watcher.open(lab)
    assert.deepEqual(lab.watched, [1])
  }
  await waitUntil('the end to be seen', () => lab.watched.at(-1) === 0)
})

test('of many pages of one address the newest is shown, and the oldest is told to come again later', async () => {
  await using lab = await PageLab.start()
  const oldest = await fetch(`${lab.url}/live/events`)
  const said = oldest.text()
  await using all = new AsyncDisposableStack()
  for (let index = 0; index < 32; index += 1) all.use(await Watcher.open(lab))
  assert.match(await said, /retry: 60000\n\n$/)
  assert.ok(lab.watched.every((open) => open <= 33))
  await using newest = await Watcher.open(lab)
  await lab.sample(10, [])
  await newest.until('sample')
})

test('a client that does not read loses what it missed and gets the present state when it reads again', async () => {
  const clock = new ManualClock()
  const socket = new PassThrough({ highWaterMark: 10 })
  const subscriber = new Subscriber(socket as never, { clock, bufferBytes: 100, whole: () => 'whole\n' })
  for (let index = 0; index < 50; index += 1) subscriber.send(`${index}:xxxxxxxxxxxxxxxxxxxx\n`)
  assert.equal(subscriber.behind, true)
  assert.ok(socket.writableLength + socket.readableLength < 200)
  let read = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    read += chunk
  })
  await once(socket, 'drain')
  assert.equal(subscriber.behind, false)
  await waitUntil('the state', () => read.endsWith('whole\n'))
  assert.doesNotMatch(read, /^49:/m)
})

test('a client that reads nothing for half a minute is dropped', async () => {
  const clock = new ManualClock()
  const socket = new PassThrough({ highWaterMark: 10 })
  const subscriber = new Subscriber(socket as never, { clock, bufferBytes: 100, whole: () => '' })
  for (let index = 0; index < 50; index += 1) subscriber.send('xxxxxxxxxxxxxxxxxxxx')
  await clock.advance(29_000)
  assert.equal(socket.destroyed, false)
  await clock.advance(1000)
  assert.equal(socket.destroyed, true)
  assert.equal(clock.pending, 0)
})

test('the past of a row goes on over its restart, with a gap where its counters began anew', async () => {
  await using lab = await PageLab.start()
  lab.set(runningPod('web', 'u1', ['a']))
  await lab.sample(10, [podSnapshot(10, [container('a', 10, 0.5)])])
  await lab.sample(20, [podSnapshot(20, [container('a', 20, 0.5)])])
  await lab.sample(30, [podSnapshot(30, [])])
  await lab.sample(40, [podSnapshot(40, [container('a', 1, 0.5)])])
  await lab.sample(50, [podSnapshot(50, [container('a', 11, 0.5)])])
  const past = await lab.json('/live/history?row=u1/a')
  assert.deepEqual(past.at, [10_000, 20_000, 40_000, 50_000])
  assert.deepEqual(past.figures.cpu, [null, 500, null, 500])
  const whole = await lab.json('/live/history?row=u1')
  assert.deepEqual(whole.figures.received, [null, 1000 / 10, 100, 100, 100])
  assert.deepEqual(whole.figures.cpu, [null, 500, null, null, 500])
  assert.deepEqual(whole.figures.throttled, [null, 50, null, 0, 50])
  const { rows } = await lab.json('/live/sparklines')
  assert.equal(Object.keys(rows).length, 1)
})

test('memory for the past does not grow: fast samples are thinned, and pods that went are forgotten', async () => {
  await using lab = await PageLab.start()
  for (let second = 2; second <= 60; second += 2) await lab.sample(second, [podSnapshot(second, [container('a', second, 0.5)])])
  const { at } = await lab.json('/live/history?row=u1/a')
  assert.deepEqual(at.slice(0, 4), [2000, 8000, 14_000, 20_000])
  await lab.sample(70, [])
  assert.equal((await lab.get('/live/history?row=u1/a')).status, 404)
})

test('what a pod takes of the disk is told, the largest first', async () => {
  await using lab = await PageLab.start()
  const use = (bytes: number) => ({ at: 5, bytes, inodes: 2 })
  const space = { capacityBytes: 100, availableBytes: 50, usedBytes: 50, inodes: 1, inodesFree: 1, inodesUsed: 0 }
  const volumes = [
    { name: 'scratch', use: use(70) },
    { name: 'memory', use: use(50), filesystem: space },
  ]
  await lab.sample(10, [podSnapshot(10, [container('a', 10, 0.5, { rootfs: use(60), logs: use(10) })], { volumes })])
  const found = (await lab.json('/live/storage?pod=u1')) as { what: string; name: string; bytes: number; capacity?: number }[]
  assert.deepEqual(
    found.map(({ what, name, bytes, capacity }) => [what, name, bytes, capacity]),
    [
      ['volume', 'scratch', 70, undefined],
      ['writable layer', 'a', 60, undefined],
      ['volume', 'memory', 50, 100],
      ['logs', 'a', 10, undefined],
    ],
  )
  assert.equal((await lab.get('/live/storage?pod=nobody')).status, 404)
})

test('a pod of which nothing was measured yet has an empty past, not none', async () => {
  await using lab = await PageLab.start()
  lab.set(runningPod('web', 'u1', ['a']))
  for (const row of ['u1', 'u1/a']) assert.deepEqual(await lab.json(`/live/history?row=${row}`), { at: [], figures: {} })
  assert.deepEqual(await lab.json('/live/storage?pod=u1'), [])
  assert.equal((await lab.get('/live/history?row=u1/b')).status, 404)
})

test('a page open on 200 busy pods costs the node far less than a twentieth of a core', async () => {
  await using lab = await PageLab.start()
  const uids = Array.from({ length: 200 }, (_, index) => `uid-${index}`)
  for (const uid of uids) lab.set(runningPod(`pod-${uid}`, uid, ['a', 'b']))
  const all = (t: number) =>
    uids.map((uid, index) => podSnapshot(t, [container('a', t, 0.1 + index / 1000 + Math.sin(t) / 50), container('b', t, 0.2)], { uid }))
  for (let t = 2; t <= 20; t += 2) await lab.sample(t, all(t))
  await using watcher = await Watcher.open(lab)
  const samples = 20
  const before = process.cpuUsage()
  for (let index = 1; index <= samples; index += 1) {
    await lab.sample(20 + index * 2, all(20 + index * 2))
    await watcher.until('sample')
  }
  const { user, system } = process.cpuUsage(before)
  const perSample = (user + system) / 1000 / samples
  // A sample each two seconds: 100 ms would be the twentieth. The watcher's own reading is in it.
  assert.ok(perSample < 60, `${perSample} ms of CPU a sample`)
})
