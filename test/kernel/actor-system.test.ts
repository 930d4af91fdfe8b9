import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CentralMailbox, createActorSystem } from '../../actors/kernel/actor-system.ts'
import { type Actor, type ActorSystemOptions, address, type Message } from '../../actors/kernel/types.ts'
import { systemClock } from '../../src/base/clock.ts'
import { type Logger, silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import { waitUntil } from '../support/wait-until.ts'
import { roster, type TestRosterConfig } from './support/roster.ts'

const rosterModule = new URL('./support/roster.ts', import.meta.url)
const a = address('echo/a')
const b = address('echo/b')
const ping = (n: number) => ({ type: 'Ping', n }) as Message
const plain = (type: string) => ({ type }) as Message
const within = { timeoutMs: 30_000 }

const start = (options: Partial<ActorSystemOptions> = {}): Promise<CentralMailbox> =>
  createActorSystem({ threads: 0, roster, clock: systemClock, log: silentLogger, ...options })
const startThreads = (threads = 2) => start({ threads, roster: undefined, rosterModule })

for (const [where, make] of [
  ['on this thread', () => start()],
  ['on worker threads', () => startThreads()],
] as const) {
  test(`an actor ${where} answers what it is asked, in order`, async () => {
    await using system = await make()
    system.spawn({ address: a, kind: 'echo', props: { colour: 'red' } })
    assert.deepEqual(await system.ask(a, plain('Props'), within), { colour: 'red' })
    for (let n = 0; n < 500; n += 1) system.send(a, ping(n))
    assert.deepEqual(
      await system.ask(a, plain('Seen'), within),
      Array.from({ length: 500 }, (_, n) => n),
    )
  })

  test(`actors ${where} talk to each other through the mailbox`, async () => {
    await using system = await make()
    system.spawn({ address: a, kind: 'echo', props: null })
    system.spawn({ address: b, kind: 'echo', props: null })
    assert.equal(await system.ask(a, { type: 'AskOther', to: b } as Message, within), 7)
    system.send(a, { type: 'Tell', to: b, n: 9 } as Message)
    await waitUntil('the message', async () => (await system.ask<number[]>(b, plain('Seen'), within)).includes(9))
  })

  test(`a failing actor is restarted and goes on with the next message ${where}`, async () => {
    await using system = await make()
    system.spawn({ address: a, kind: 'echo', props: null, supervision: { initialMs: 1 } })
    await assert.rejects(system.ask(a, plain('Fail'), within), { name: 'AskError', kind: 'failed', message: /asked to fail/ })
    assert.equal(await system.ask(a, ping(2), within), 2)
    assert.equal(system.metrics().restarts, 1)
  })

  test(`an inspection tells where an actor is, what it handled last and how often it failed ${where}`, async () => {
    await using system = await make()
    system.spawn({ address: a, kind: 'echo', props: null, supervision: { initialMs: 1 } })
    await assert.rejects(system.ask(a, plain('Fail'), within))
    for (let n = 0; n < 10; n += 1) system.send(a, ping(n))
    await system.ask(a, plain('Seen'), within)
    // A host that is late is left out of it, so the question may have to be asked again.
    const found = await waitUntil('an answer', async () => (await system.inspect()).find(({ life }) => life !== 'unknown'))
    assert.deepEqual(found, {
      address: a,
      host: system.hostOf(a),
      life: 'running',
      queued: 0,
      handled: 12,
      restarts: 1,
      recent: [...Array.from({ length: 7 }, () => 'Ping'), 'Seen'],
    })
  })

  test(`what the environments of hosts have measured can be had ${where}`, async () => {
    await using system = await make()
    // A host that is late is left out, so the question may have to be asked again.
    const told = async () => (await system.readings()).flatMap(({ readings }) => (readings === undefined ? [] : [readings]))
    const all = await waitUntil('an answer of each', async () => {
      const readings = await told()
      return readings.length === system.hosts().length && readings
    })
    assert.deepEqual(
      all,
      system.hosts().map(({ index }) => ({ host: index })),
    )
  })

  test(`a stopped actor is gone and can be spawned again ${where}`, async () => {
    await using system = await make()
    system.spawn({ address: a, kind: 'echo', props: 1 })
    await system.stop(a)
    assert.equal(system.has(a), false)
    await assert.rejects(system.ask(a, ping(1), within), { kind: 'dead-letter' })
    system.spawn({ address: a, kind: 'echo', props: 2 })
    assert.equal(await system.ask(a, plain('Props'), within), 2)
  })
}

test('an answer that cannot be cloned fails its question alone', async () => {
  await using system = await startThreads()
  system.spawn({ address: a, kind: 'echo', props: null })
  await assert.rejects(system.ask(a, plain('Uncloneable'), within), { name: 'AskError', kind: 'failed' })
  assert.equal(await system.ask(a, ping(1), within), 1)
})

test('a message that cannot be cloned becomes a dead letter; its neighbours arrive', async () => {
  await using system = await startThreads()
  const letters: string[] = []
  system.onDeadLetter((letter) => letters.push(letter.reason))
  system.spawn({ address: a, kind: 'echo', props: null })
  system.send(a, ping(1))
  system.send(a, { type: 'Ping', n: () => {} } as Message)
  system.send(a, ping(2))
  assert.deepEqual(await system.ask(a, plain('Seen'), within), [1, 2])
  assert.deepEqual(letters, ['not-cloneable'])
})

test('actors of a dead host move, keep their props, and get again what was not handled', async () => {
  await using system = await startThreads()
  for (let i = 0; i < 10; i += 1) system.spawn({ address: address(`echo/${i}`), kind: 'echo', props: i })
  await system.ask(address('echo/0'), plain('Props'), within)
  const victims = Array.from({ length: 10 }, (_, i) => address(`echo/${i}`)).filter((at) => system.hostOf(at) === 0)
  assert.equal(victims.length, 5)
  for (const at of victims) {
    system.updateProps(at, 'newer')
    system.send(at, plain('Hang'))
    system.send(at, ping(1))
  }
  system.killHost(0)
  await waitUntil('re-homing', () => system.metrics().rehomed === 5)
  // The hanging message is delivered again too: at least once. Nothing is lost behind it.
  for (const at of victims) assert.ok(system.has(at))
  const fresh = address('echo/fresh')
  await waitUntil('the host to come back', () => system.hosts().every((host) => host.threadId >= 0))
  system.spawn({ address: fresh, kind: 'echo', props: 'f' })
  assert.equal(await system.ask(fresh, plain('Props'), within), 'f')
})

test('a host that does not come back at once is begun again until it does; what waits for it then arrives', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'hosts-'))
  t.after(() => rm(directory, { recursive: true }))
  const config: TestRosterConfig = { broken: join(directory, 'broken') }
  const said: string[] = []
  const log: Logger = { ...silentLogger, error: (message) => void said.push(message) }
  await using system = await start({ threads: 1, roster: undefined, rosterModule, rosterConfig: config, log })
  system.spawn({ address: a, kind: 'echo', props: 'p' })
  assert.equal(await system.ask(a, plain('Props'), within), 'p')
  await writeFile(config.broken ?? '', '')
  system.killHost(0)
  await waitUntil('two starts in vain', () => said.filter((each) => each === 'an actor host did not start').length >= 2, { seen: () => said })
  await rm(config.broken ?? '')
  assert.equal(await system.ask(a, plain('Props'), within), 'p')
  assert.equal(said.filter((each) => each.startsWith('an actor host died')).length, 1)
})

test('a host that ran well before it died comes back as soon as after its first death', async () => {
  const clock = new ManualClock()
  await using system = await start({ threads: 1, roster: undefined, rosterModule, clock })
  system.spawn({ address: a, kind: 'echo', props: 'p' })
  const answers = () => system.ask(a, plain('Props'), within)
  const die = async () => {
    const { rehomed } = system.metrics()
    system.killHost(0)
    await waitUntil('its death', () => system.metrics().rehomed > rehomed)
  }
  await answers()
  for (const backInMs of [100, 200, 400]) {
    await die()
    await clock.advance(backInMs)
    await answers()
  }
  await clock.advance(60_000)
  await die()
  await clock.advance(100)
  assert.equal(await answers(), 'p')
})

test('actors that were placed while every host was down go to the first that is up again', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'hosts-'))
  t.after(() => rm(directory, { recursive: true }))
  const config: TestRosterConfig = { broken: join(directory, 'broken'), brokenHost: 1 }
  await using system = await start({ threads: 2, roster: undefined, rosterModule, rosterConfig: config })
  await writeFile(config.broken ?? '', '')
  const down = () => system.hosts().filter(({ up }) => !up).length
  for (const index of [1, 0]) system.killHost(index)
  await waitUntil('both to die', () => down() === 2)
  // Of equal ones the first is taken, so one of these waits on each host.
  for (const at of [a, b]) system.spawn({ address: at, kind: 'echo', props: 'p' })
  assert.deepEqual([a, b].map((at) => system.hostOf(at)).sort(), [0, 1])
  for (const at of [a, b]) assert.equal(await system.ask(at, plain('Props'), within), 'p')
  assert.deepEqual(
    [a, b].map((at) => system.hostOf(at)),
    [0, 0],
  )
})

test('a rejection that nobody hears is logged and counted, and its thread goes on', async () => {
  const said: string[] = []
  const log: Logger = { ...silentLogger, error: (message, fields) => void said.push(`${message}: ${String(fields?.error).split('\n')[0]}`) }
  await using system = await start({ threads: 1, roster: undefined, rosterModule, log })
  system.spawn({ address: a, kind: 'echo', props: 'p' })
  assert.equal(await system.ask(a, plain('Escape'), within), 'escaped')
  await waitUntil('it to be counted', () => system.metrics().escaped === 1)
  assert.equal(await system.ask(a, plain('Props'), within), 'p')
  assert.equal(system.metrics().rehomed, 0)
  assert.deepEqual(said, ['a promise was rejected and nobody heard it: Error: nobody hears this'])
})

test('something that an actor on a worker thread said and that fails here is logged, and what was said beside it is heard', async () => {
  const said: string[] = []
  const log: Logger = { ...silentLogger, error: (message, fields) => void said.push(`${message}: ${fields?.kind}`) }
  await using system = await start({ threads: 1, roster: undefined, rosterModule, log })
  const heard: number[] = []
  system.spawnLocal(b, () => ({ receive: (message) => void heard.push((message as Message & { n: number }).n) }))
  system.onDeadLetter(() => {
    throw new Error('a listener of ours fails')
  })
  system.spawn({ address: a, kind: 'echo', props: 'p' })
  system.send(a, { type: 'Tell', to: b, n: 1 } as Message)
  system.send(a, { type: 'Tell', to: address('echo/nobody'), n: 2 } as Message)
  system.send(a, { type: 'Tell', to: b, n: 3 } as Message)
  await waitUntil('all that can be heard', () => heard.length >= 2)
  assert.equal(await system.ask(a, plain('Props'), within), 'p')
  assert.deepEqual(heard, [1, 3])
  assert.deepEqual(said, ['what an actor host said could not be taken in: envelope'])
})

test('what actors of a dying host were sent is handled there or where they move to', async () => {
  await using system = await startThreads()
  const heard = new Set<number>()
  system.spawnLocal(b, () => ({
    receive(message) {
      heard.add((message as Message & { n: number }).n)
    },
  }))
  system.spawn({ address: a, kind: 'echo', props: 'p' })
  await system.ask(a, plain('Props'), within)
  system.killHost(system.hostOf(a) ?? 0)
  for (let n = 0; n < 100; n += 1) system.send(a, { type: 'Tell', to: b, n } as Message)
  await waitUntil('every message', () => heard.size === 100, { seen: () => heard.size })
})

test('a question without an answer ends at its time-out', async () => {
  const clock = new ManualClock()
  await using system = await start({ clock })
  system.spawn({ address: a, kind: 'echo', props: null })
  const answer = assert.rejects(system.ask(a, plain('Hang'), { timeoutMs: 1000 }), { kind: 'timeout', message: 'no answer to Hang from echo/a within 1000 ms' })
  await clock.advance(1000)
  await answer
})

test('timers follow the clock', async () => {
  const clock = new ManualClock()
  await using system = await start({ clock })
  system.spawn({ address: a, kind: 'echo', props: null })
  await system.ask(a, plain('SetTimer'), within)
  await clock.advance(4999)
  assert.deepEqual(await system.ask(a, plain('Seen'), within), [])
  await clock.advance(1)
  assert.deepEqual(await system.ask(a, plain('Seen'), within), ['timer'])
})

test('restarts back off, and an actor that keeps failing is given up', async () => {
  const clock = new ManualClock()
  await using system = await start({ clock })
  const starts: number[] = []
  const escalated: string[] = []
  system.onEscalation((at, error) => escalated.push(`${at}: ${error.message}`))
  const failing: () => Actor = () => ({
    start() {
      starts.push(clock.monotonic())
      throw new Error('never')
    },
    receive() {},
  })
  system.spawnLocal(a, failing, { initialMs: 100, maxMs: 400, maxRestarts: 4 })
  await clock.advance(5000)
  assert.deepEqual(starts, [0, 100, 300, 700, 1100])
  assert.deepEqual(escalated, ['echo/a: never'])
  assert.equal(system.has(a), false)
})

test('a newer message takes the place of an older one with its merge key, and system messages go first', async () => {
  await using system = await start()
  const seen: unknown[] = []
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  system.spawnLocal(a, () => ({
    async receive(message) {
      if (message.type === 'Gate') await gate
      else seen.push((message as Message & { n: number }).n)
    },
  }))
  system.send(a, plain('Gate'))
  for (let n = 0; n < 100; n += 1) system.send(a, ping(n), { mergeKey: 'k' })
  system.send(a, ping(-1), { priority: 'system' })
  open()
  await waitUntil('the last', () => seen.includes(99))
  assert.equal(seen[0], -1)
  assert.ok(seen.length < 5, `${seen.length} messages got through`)
  assert.ok(system.metrics().merged >= 95)
})

test('a full queue turns messages into dead letters, and says so', async () => {
  await using system = await start({ queueLimit: 10 })
  const letters: string[] = []
  system.onDeadLetter((letter) => letters.push(letter.reason))
  system.spawn({ address: a, kind: 'echo', props: null })
  for (let n = 0; n < 15; n += 1) system.send(a, ping(n))
  assert.deepEqual(letters, Array(5).fill('queue-full'))
  assert.deepEqual(await system.ask(a, plain('Seen'), within).catch(() => 'refused'), 'refused')
})

test('whatever is sent, each actor sees its messages in order, with only merged ones left out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ to: fc.constantFrom(a, b), merge: fc.boolean() }), { maxLength: 60 }), async (sends) => {
      await using system = await start()
      system.spawn({ address: a, kind: 'echo', props: null })
      system.spawn({ address: b, kind: 'echo', props: null })
      for (const [n, { to, merge }] of sends.entries()) system.send(to, ping(n), merge ? { mergeKey: 'm' } : {})
      for (const at of [a, b]) {
        const seen = await system.ask<number[]>(at, plain('Seen'), within)
        const sent = sends.flatMap((send, n) => (send.to === at ? [{ ...send, n }] : []))
        const unmerged = sent.filter((send) => !send.merge).map((send) => send.n)
        assert.deepEqual(
          seen.filter((n) => unmerged.includes(n)),
          unmerged,
        )
        const lastMerged = sent.findLast((send) => send.merge)
        if (lastMerged) assert.ok(seen.includes(lastMerged.n))
      }
    }),
    { numRuns: 50 },
  )
})

test('threads become more once those that are there have much to do, and what comes goes to the new one', async () => {
  await using system = await start({ threads: 1, mostThreads: 2, roster: undefined, rosterModule, clock: systemClock })
  const work = (ms: number) => system.ask(a, { type: 'Work', ms } as Message, within)
  let n = 0
  const spawn = () => {
    const at = address(`echo/further-${n++}`)
    system.spawn({ address: at, kind: 'echo', props: 'p' })
    return at
  }
  system.spawn({ address: a, kind: 'echo', props: 'p' })
  spawn()
  assert.equal(system.hosts().length, 1)
  await waitUntil('another thread', async () => {
    await work(300)
    spawn()
    return system.hosts().length === 2 && system.hosts().every(({ up }) => up)
  })
  const at = spawn()
  assert.equal(system.hostOf(at), 1)
  assert.equal(await system.ask(at, plain('Props'), within), 'p')
})
