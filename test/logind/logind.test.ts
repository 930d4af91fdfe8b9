import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MachineShutdown } from '../../src/agent/machine-shutdown.ts'
import { systemClock } from '../../src/base/clock.ts'
import { type LogFields, type Logger, silentLogger } from '../../src/base/log.ts'
import { Logind } from '../../src/logind/logind.ts'
import { waitUntil } from '../support/wait-until.ts'

/** A logind whose properties are files, told of through programs in the place of systemd's. */
async function fakeLogind(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'logind-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = (name: string) => join(directory, name)
  const program = async (name: string, script: string) => {
    await writeFile(file(name), `#!/bin/sh\ncd ${directory}\n${script}\n`)
    await chmod(file(name), 0o755)
    return file(name)
  }
  await writeFile(file('signals'), '')
  await writeFile(file('PreparingForShutdown'), 'b false\n')
  await writeFile(file('InhibitDelayMaxUSec'), 't 5000000\n')
  // As busctl 252 prints: a line on stderr when it listens, then one of JSON for each signal.
  const busctl = await program(
    'busctl',
    `case "$*" in
*get-property*) eval cat \\"\\\${$#}\\" ;;
*call*) echo "$*" >> calls; sed -n 's/InhibitDelayMaxSec=\\(.*\\)/t \\1000000/p' drop-in/99.conf > InhibitDelayMaxUSec ;;
*monitor*) echo $$ > monitor; echo 'Monitoring bus message stream.' >&2; exec tail -n +1 -f signals ;;
esac`,
  )
  const systemdInhibit = await program('systemd-inhibit', 'for last; do :; done; echo "$*" > locked; $last; rm locked')
  const told: boolean[] = []
  return {
    file,
    told,
    logind: new Logind({ clock: systemClock, log: silentLogger, busctl, systemdInhibit, dropIn: file('drop-in/99.conf') }),
    signal: async (coming: boolean) => {
      await writeFile(file('PreparingForShutdown'), `b ${coming}\n`)
      await appendFile(file('signals'), '{"type":"signal","member":"PrepareForShutdown","payload":{"type":"b","data":[true]}}\n')
    },
  }
}

test('a shutdown and its cancellation are told of, each once', async (t) => {
  const { logind, told, signal, file } = await fakeLogind(t)
  const stopping = new AbortController()
  const watched = logind.watch((coming) => void told.push(coming), stopping.signal)
  await waitUntil('it to listen', () => existsSync(file('monitor')))
  await signal(true)
  await waitUntil('the shutdown', () => told.length === 1)
  await signal(true)
  await signal(false)
  await waitUntil('the cancellation', () => told.length === 2)
  assert.deepEqual(told, [true, false])
  stopping.abort()
  await watched
})

test('a signal that logind did not send is not believed', async (t) => {
  const { logind, told, signal, file } = await fakeLogind(t)
  const stopping = new AbortController()
  const watched = logind.watch((coming) => void told.push(coming), stopping.signal)
  await waitUntil('it to listen', () => existsSync(file('monitor')))
  await appendFile(file('signals'), '{"member":"PrepareForShutdown","payload":{"type":"b","data":[true]}}\n')
  await signal(true)
  await waitUntil('the true one', () => told.length > 0)
  stopping.abort()
  await watched
  assert.deepEqual(told, [true])
})

test('a shutdown that began while nobody listened is seen when somebody does', async (t) => {
  const { logind, told, signal, file } = await fakeLogind(t)
  const stopping = new AbortController()
  const watched = logind.watch((coming) => void told.push(coming), stopping.signal)
  await waitUntil('it to listen', () => existsSync(file('monitor')))
  process.kill(Number(await readFile(file('monitor'), 'utf8')))
  await writeFile(file('PreparingForShutdown'), 'b true\n')
  await waitUntil('the shutdown', () => told.length === 1)
  await signal(false)
  await waitUntil('the cancellation', () => told.length === 2)
  stopping.abort()
  await watched
})

test('the lock is held by a program for as long as it is wanted', async (t) => {
  const { logind, file } = await fakeLogind(t)
  const lock = logind.hold()
  const words = await waitUntil('the lock', async () => existsSync(file('locked')) && (await readFile(file('locked'), 'utf8')).trim())
  assert.match(words, /^--what=shutdown --mode=delay --who=podsteward --why=.* cat$/)
  lock.release()
  await waitUntil('its end', () => !existsSync(file('locked')))
})

test('a delay that is too short is raised in a file of its own, and logind told to read it', async (t) => {
  const { logind, file } = await fakeLogind(t)
  assert.equal(await logind.inhibitDelayMs(), 5000)
  await logind.setInhibitDelay(30_000)
  assert.match(await readFile(file('drop-in/99.conf'), 'utf8'), /^\[Login\]\nInhibitDelayMaxSec=30$/m)
  assert.match(await readFile(file('calls'), 'utf8'), /KillUnit ssi systemd-logind\.service all 1/)
  assert.equal(await logind.inhibitDelayMs(), 30_000)
})

/** Tells what was warned of. */
function warnings(): Logger & { readonly warned: string[] } {
  const warned: string[] = []
  return { ...silentLogger, warned, warn: (message: string, _fields?: LogFields) => void warned.push(message) }
}

test('where there is no systemd it is said once, and nothing else happens', async () => {
  const log = warnings()
  const logind = new Logind({ clock: systemClock, log, busctl: '/nonexistent/busctl' })
  const groups = [{ priority: 0, graceSeconds: 5 }]
  await new MachineShutdown({ groups, system: { send: () => assert.fail('nobody is told') }, logind, log }).run(new AbortController().signal)
  assert.deepEqual(log.warned, ['graceful node shutdown is not available: systemd-logind cannot be asked'])
})

test('a node that is to give its pods time holds a lock until they have ended', async (t) => {
  const { logind, signal, file } = await fakeLogind(t)
  const sent: string[] = []
  const stopping = new AbortController()
  const system = { send: (_: unknown, { type }: { readonly type: string }) => void sent.push(type) }
  const machine = new MachineShutdown({ groups: [{ priority: 0, graceSeconds: 20 }], system, logind, log: silentLogger })
  const running = machine.run(stopping.signal)
  await waitUntil('the lock', () => existsSync(file('locked')) && existsSync(file('monitor')))
  await signal(true)
  await waitUntil('the node to be told', () => sent.length === 1)
  assert.ok(existsSync(file('locked')))
  machine.release()
  await waitUntil('the lock to be given up', () => !existsSync(file('locked')))
  await signal(false)
  await waitUntil('the lock to be taken again', () => existsSync(file('locked')))
  assert.deepEqual(sent, ['ShutdownComing', 'ShutdownCancelled'])
  stopping.abort()
  await running
  await waitUntil('the lock to be given up', () => !existsSync(file('locked')))
})
