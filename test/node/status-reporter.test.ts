import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { nodeAddresses, type StatusReporterMessage } from '../../actors/node/messages.ts'
import { StatusReporter } from '../../actors/node/status-reporter.ts'
import type { PodStatusReport } from '../../actors/pod/messages.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { Pod, PodStatus } from '../../src/kube/objects.ts'
import { nodeStage } from '../support/node-stage.ts'
import { refused, ScriptedClient } from '../support/scripted-client.ts'

const uid = podUid('u-1')
const pod = (changed: Partial<Pod> = {}): Pod => ({ metadata: { name: 'p', namespace: 'a', uid }, spec: { containers: [] }, ...changed })
const running = (restartCount = 0): PodStatus =>
  ({
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'c', image: 'i', imageID: '', ready: true, restartCount, state: { running: {} } }],
  }) as unknown as PodStatus
const report = (status: PodStatus, cleanedUp = false): PodStatusReport => ({
  type: 'PodStatusReport',
  uid,
  namespace: 'a',
  name: 'p',
  origin: 'api',
  status,
  cleanedUp,
})
const echo = (call: { body?: unknown }) => ({ ...pod(), status: (call.body as Pod).status })

async function reporting(
  t: TestContext,
  client: ScriptedClient,
  options: { pod?: () => Pod | undefined; holdMs?: number; furtherHoldMs?: number; parallel?: number; synced?: (ms: number) => void } = {},
) {
  const stage = await nodeStage(t)
  const podOf = options.pod ?? (() => pod())
  stage.system.spawnLocal(nodeAddresses.statusReporter, (context) => new StatusReporter(context, { client, podOf, ...options }))
  const say = (message: StatusReporterMessage) => stage.system.send(nodeAddresses.statusReporter, message)
  return { ...stage, say, tell: (message: PodStatusReport) => say(message) }
}
const patches = (client: ScriptedClient) => client.of('PATCH', /pods\/p\/status$/)

test('a status is patched into the status subresource with the pod’s uid, once', async (t) => {
  const client = new ScriptedClient().on('PATCH', /status$/, echo)
  const { tell, after } = await reporting(t, client)
  tell(report(running()))
  await after(0)
  tell(report(running()))
  await after(60_000)
  assert.deepEqual(
    patches(client).map((call) => [call.path, (call.body as Pod).metadata]),
    [['/api/v1/namespaces/a/pods/p/status', { uid: 'u-1' }]],
  )
})

test('how long the API server took to learn of a change is told from the first report, through what is held and what fails', async (t) => {
  const client = new ScriptedClient().on('PATCH', /status$/, refused(500), echo)
  const synced: number[] = []
  const { tell, after } = await reporting(t, client, { holdMs: 500, synced: (ms) => synced.push(Math.round(ms)) })
  tell(report({ phase: 'Pending', containerStatuses: [] }))
  await after(200)
  tell(report(running()))
  await after(0)
  assert.deepEqual(synced, [], 'it was refused')
  await after(5_000)
  assert.equal(synced.length, 1)
  assert.ok((synced[0] ?? 0) >= 1_000, `${synced[0]} ms, after a retry`)
})

test('a reason that is gone, of the pod or of a condition, is said to be gone', async (t) => {
  const before = {
    ...running(),
    reason: 'Odd',
    resize: 'InProgress',
    conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', message: 'not c' }],
  }
  const client = new ScriptedClient().on('PATCH', /status$/, echo)
  const { tell, after } = await reporting(t, client, { pod: () => pod({ status: before as PodStatus }) })
  tell(report(running()))
  await after(0)
  const sent = (patches(client)[0]?.body as { status: Record<string, unknown> } | undefined)?.status
  assert.deepEqual([sent?.reason, sent?.resize, sent?.conditions], [null, null, [{ type: 'Ready', status: 'True', reason: null, message: null }]])
})

test('what others wrote over our status is said again, an echo that is late is not', async (t) => {
  const client = new ScriptedClient().on('PATCH', /status$/, echo)
  let shown = running() as PodStatus | undefined
  const { tell, say, after } = await reporting(t, client, { pod: () => pod({ status: shown }) })
  tell(report(running(1)))
  await after(0)
  say({ type: 'StatusSeen', uid })
  await after(4_000)
  shown = running(1)
  say({ type: 'StatusSeen', uid })
  await after(60_000)
  assert.equal(patches(client).length, 1, 'the echo of before came late, and ours after it')
  shown = {
    ...running(1),
    conditions: [
      { type: 'Ready', status: 'False' },
      { type: 'example.com/gate', status: 'True' },
    ],
  }
  say({ type: 'StatusSeen', uid })
  await after(10_000)
  assert.equal(patches(client).length, 2)
  assert.deepEqual((patches(client)[1]?.body as Pod | undefined)?.status?.conditions, [{ type: 'Ready', status: 'True' }])
})

test('what changes while a patch is on its way goes with the next, the newest only', async (t) => {
  const answer = Promise.withResolvers<Pod>()
  const client = new ScriptedClient().on('PATCH', /status$/, () => answer.promise, echo)
  const { tell, after } = await reporting(t, client)
  for (const count of [0, 1, 2, 3]) {
    tell(report(running(count)))
    await after(0)
  }
  answer.resolve({ ...pod(), status: running(0) })
  await after(0)
  assert.deepEqual(
    patches(client).map((call) => (call.body as Pod).status?.containerStatuses?.[0]?.restartCount),
    [0, 3],
  )
})

for (const [what, error] of [
  ['no answer', refused(0)],
  ['500', refused(500)],
  ['503 with Retry-After', refused(503, 'later', { retryAfterMs: 1000 })],
  ['429', refused(429, 'slow down', { retryAfterMs: 1000 })],
  ['a conflict', refused(409, 'the object has been modified')],
] as const) {
  test(`after ${what} the status is tried again until it is taken`, async (t) => {
    const client = new ScriptedClient().on('PATCH', /status$/, error, error, echo)
    const { tell, after } = await reporting(t, client)
    tell(report(running()))
    await after(0)
    assert.equal(patches(client).length, 1, 'not again at once')
    await after(10_000)
    assert.equal(patches(client).length, 3)
    await after(600_000)
    assert.equal(patches(client).length, 3)
  })
}

test('403 is told once and tried again rarely: the right may come', async (t) => {
  const client = new ScriptedClient().on('PATCH', /status$/, refused(403))
  const { tell, after } = await reporting(t, client)
  tell(report(running()))
  await after(3_600_000)
  const { length } = patches(client)
  assert.ok(length >= 10 && length <= 25, `${length} tries in an hour`)
})

test('404, and 422 or 409 for another uid, end it: that pod is gone', async (t) => {
  for (const error of [
    refused(404),
    refused(422, 'metadata.uid: Invalid value: "u-1": field is immutable'),
    refused(409, 'Precondition failed: UID in precondition: u-1, UID in object meta: u-2'),
  ]) {
    const client = new ScriptedClient().on('PATCH', /status$/, error)
    const { tell, after } = await reporting(t, client)
    tell(report(running()))
    await after(600_000)
    assert.equal(patches(client).length, 1, error.message)
  }
})

test('422 for what it says is not repeated, and the next change is tried', async (t) => {
  const client = new ScriptedClient().on('PATCH', /status$/, refused(422, 'status.phase: Unsupported value'), echo)
  const { tell, after } = await reporting(t, client)
  tell(report(running()))
  await after(600_000)
  assert.equal(patches(client).length, 1)
  tell(report(running(1)))
  await after(0)
  assert.equal(patches(client).length, 2)
})

test('a pod that is to go and has cleaned up is deleted at once, with its uid as a precondition', async (t) => {
  let deleted = false
  const client = new ScriptedClient().on('PATCH', /status$/, echo).on('DELETE', /pods\/p$/, refused(500), {})
  const { tell, after, say } = await reporting(t, client, {
    pod: () => pod({ metadata: { name: 'p', namespace: 'a', uid, ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) } }),
  })
  tell(report(running(), true))
  await after(1000)
  assert.equal(client.of('DELETE').length, 0, 'a pod that merely ended stays')
  deleted = true
  say({ type: 'PodSeen', uid })
  await after(10_000)
  assert.deepEqual(
    client.of('DELETE').map((call) => call.body),
    Array(2).fill({ apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: 'u-1' } }),
  )
  await after(600_000)
  assert.equal(client.of('DELETE').length, 2)
})

test('a pod on its way to Ready costs one patch; what went wrong is told at once', async (t) => {
  const client = new ScriptedClient().on('PATCH', /status$/, echo)
  const { tell, after } = await reporting(t, client, { holdMs: 500 })
  const creating = { ...running(), phase: 'Pending', conditions: [], containerStatuses: [] } as PodStatus
  tell(report(creating))
  await after(400)
  assert.equal(patches(client).length, 0)
  tell(report(running()))
  await after(0)
  assert.equal(patches(client).length, 1)
  const failing = { ...running(1), conditions: [] } as PodStatus
  tell(report(failing))
  await after(0)
  assert.equal(patches(client).length, 2)
})

test('further progress is held longer than the first, and what it leads to goes at once', async (t) => {
  const client = new ScriptedClient().on('PATCH', /status$/, echo)
  const { tell, after } = await reporting(t, client, { holdMs: 500, furtherHoldMs: 1500 })
  const waiting = (podIP?: string) =>
    ({ phase: 'Pending', podIP, containerStatuses: [{ name: 'c', restartCount: 0, state: { waiting: { reason: 'ContainerCreating' } } }] }) as PodStatus
  tell(report(waiting()))
  await after(500)
  assert.equal(patches(client).length, 1)
  tell(report(waiting('10.0.0.1')))
  await after(1400)
  assert.equal(patches(client).length, 1)
  await after(100)
  assert.equal(patches(client).length, 2)
  tell(report(running()))
  await after(0)
  assert.equal(patches(client).length, 3)
})

test('so many patches at once and no more, and a pod that fails holds up no other', async (t) => {
  let open = 0
  let most = 0
  const client = new ScriptedClient().on('PATCH', /status$/, async (call: { path: string; body?: unknown }) => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setImmediate(resolve))
    open -= 1
    if (call.path.includes('/p0/')) throw refused(500)
    return echo(call)
  })
  const { say, after } = await reporting(t, client, { pod: () => pod(), parallel: 3 })
  for (let n = 0; n < 40; n += 1) {
    say({ ...report(running()), uid: podUid(`u-${n}`), name: `p${n}` })
  }
  for (let round = 0; round < 30; round += 1) await after(0)
  assert.equal(most, 3)
  assert.equal(new Set(client.of('PATCH').map((call) => call.path)).size, 40)
})

test('a status that is invalid beside what another wrote is computed anew from the live pod', async (t) => {
  const live = { ...pod(), status: { ...running(), podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.9' }] } }
  const client = new ScriptedClient()
    .on('PATCH', /status$/, refused(422, 'Pod "p" is invalid: status.podIPs: Invalid value: may specify no more than one IP for each IP family'), echo)
    .on('GET', /pods\/p$/, live)
  const { tell, after } = await reporting(t, client)
  tell(report({ ...running(), podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] }))
  await after(0)
  assert.equal(patches(client).length, 2)
  assert.deepEqual((patches(client)[1]?.body as Pod | undefined)?.status?.podIPs, [{ $patch: 'replace' }, { ip: '10.0.0.1' }])
})

for (const [what, message] of [
  ['stays invalid', 'Pod "p" is invalid: status.phase: Unsupported value'],
  ['names a uid elsewhere than in metadata', 'Pod "uid-1" is invalid: status.podIPs[1]: Invalid value: "x"'],
] as const)
  test(`a pod that is to go and whose status ${what} goes all the same, and is not asked about in a loop`, async (t) => {
    const leaving = pod({ metadata: { name: 'p', namespace: 'a', uid, deletionTimestamp: '2026-01-01T00:00:00Z' } })
    const client = new ScriptedClient()
      .on('PATCH', /status$/, refused(422, message))
      .on('GET', /pods\/p$/, leaving)
      .on('DELETE', /pods\/p$/, undefined)
    const { tell, after } = await reporting(t, client, { pod: () => leaving })
    tell(report(running(), true))
    await after(0)
    assert.deepEqual(
      client.of('DELETE').map((call) => (call.body as { preconditions: unknown }).preconditions),
      [{ uid: 'u-1' }],
    )
    await after(3_600_000)
    assert.ok(patches(client).length <= 3, `${patches(client).length} patches`)
  })

test('a pod that another took the name of is forgotten when its status is invalid', async (t) => {
  const client = new ScriptedClient()
    .on('PATCH', /status$/, refused(422, 'Pod "p" is invalid: status: Forbidden'))
    .on('GET', /pods\/p$/, pod({ metadata: { name: 'p', namespace: 'a', uid: 'another' } }))
  const { tell, after } = await reporting(t, client)
  tell(report(running()))
  await after(3_600_000)
  assert.equal(patches(client).length, 1)
})
