import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PodProbes, type ProbeSubject } from '../../../actors/pod/probes/pod-probes.ts'
import { Schedule } from '../../../actors/pod/probes/schedule.ts'
import { httpTarget, type PodNetwork, podNetwork, resolvePort } from '../../../actors/pod/probes/target.ts'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { type ContainerId, EngineError, type EngineErrorKind } from '../../../src/engine/engine.ts'
import { FakeEngine } from '../../support/fake-engine.ts'

function make(random = 0.25) {
  const clock = new ManualClock()
  const engine = new FakeEngine(clock)
  const events: string[] = []
  const verdicts: string[] = []
  const http: string[] = []
  const network: PodNetwork = {
    ...podNetwork,
    http: async (target) => {
      http.push(`${clock.monotonic()} ${target.scheme}://${target.host}:${target.port}${target.path}`)
      return { result: 'success', output: '' }
    },
  }
  const probes = new PodProbes({
    ...{
      schedule: new Schedule({ clock, concurrency: 4, onError: (error) => assert.fail(String(error)) }),
      tools: { engine, network, clock },
      random: () => random,
    },
    onVerdict: (_, kind, ok) => verdicts.push(`${clock.monotonic()} ${kind} ${ok}`),
    onTried: () => {},
    onEvent: (container, reason, message) => events.push(`${container.name} ${reason}: ${message}`),
  })
  const subject = (spec: object, startedAt = clock.wall()): ProbeSubject => ({
    ...{ id: 'c' as ContainerId, ip: '10.0.0.9', startedAt },
    spec: { name: 'app', ports: [{ name: 'web', containerPort: 8080 }], ...spec } as ProbeSubject['spec'],
  })
  return { clock, engine, events, verdicts, http, probes, subject }
}

const get = (probe: object = {}) => ({ httpGet: { port: 'web', path: 'healthz' }, periodSeconds: 10, ...probe })

test('a fresh container is probed after its initial delay, an adopted one somewhere within a period', async () => {
  const fresh = make()
  fresh.probes.sync([fresh.subject({ readinessProbe: get({ initialDelaySeconds: 3 }) })], false)
  await fresh.clock.advance(22_000)
  assert.deepEqual(
    fresh.http,
    [3000, 11_750, 21_750].map((at) => `${at} http://10.0.0.9:8080healthz`),
  )
  const adopted = make()
  adopted.probes.sync([adopted.subject({ readinessProbe: get() }, adopted.clock.wall() - 3_600_000)], false)
  await adopted.clock.advance(10_000)
  assert.deepEqual(adopted.http, ['2500 http://10.0.0.9:8080healthz'])
})

test('hundreds of pods that start together are asked spread over the period', async () => {
  const { clock, http, probes, subject } = make(0)
  let seed = 1
  const tried: PodNetwork['http'] = async () => {
    http.push(String(clock.monotonic()))
    return { result: 'success', output: '' }
  }
  const all = new PodProbes({
    ...{
      schedule: new Schedule({ clock, concurrency: 64, onError: (error) => assert.fail(String(error)) }),
      onVerdict: () => {},
      onTried: () => {},
      onEvent: () => {},
    },
    tools: {
      engine: new FakeEngine(clock),
      clock,
      network: { ...podNetwork, http: tried },
    },
    random: () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    },
  })
  const subjects = Array.from({ length: 300 }, (_, index) => ({ ...subject({ livenessProbe: get(), readinessProbe: get() }), id: `c${index}` as ContainerId }))
  all.sync(subjects, false)
  await clock.advance(20_000)
  http.length = 0
  await clock.advance(10_000)
  assert.equal(http.length, 600)
  const perSecond = Map.groupBy(http, (at) => Math.floor(Number(at) / 1000))
  assert.ok(
    [...perSecond.values()].every((each) => each.length < 120),
    `${[...perSecond.values()].map((each) => each.length)}`,
  )
  all[Symbol.dispose]()
  probes[Symbol.dispose]()
})

test('when termination begins liveness stops and readiness goes on', async () => {
  const { probes, subject, engine, verdicts, clock } = make()
  const asked: string[] = []
  let ready = 0
  engine.exec = async (_, [command = '']) => {
    asked.push(command)
    return { exitCode: command === 'ready' ? ready : 0, stdout: '', stderr: '' }
  }
  const probe = (command: string) => ({ exec: { command: [command] }, periodSeconds: 1, failureThreshold: 1 })
  const spec = { livenessProbe: probe('live'), readinessProbe: probe('ready') }
  const container = subject(spec)
  probes.sync([container], false)
  await clock.advance(1_500)
  probes.sync([container], true)
  asked.length = 0
  ready = 1
  await clock.advance(3_000)
  assert.deepEqual([...new Set(asked)], ['ready'])
  assert.deepEqual(verdicts.slice(-1), ['1875 readiness false'])
  probes.sync([], true)
  assert.deepEqual(probes.verdicts(), {})
  asked.length = 0
  await clock.advance(5_000)
  assert.deepEqual(asked, [])
})

test('a command that times out fails the probe, an engine that does not answer counts for nothing', async () => {
  const { probes, subject, engine, verdicts, events, clock } = make()
  let kind: EngineErrorKind = 'unreachable'
  engine.exec = () => Promise.reject(new EngineError(kind, 'x'))
  probes.sync([subject({ livenessProbe: { exec: { command: ['slow'] }, periodSeconds: 1, failureThreshold: 1 } })], false)
  await clock.advance(5_500)
  for (const other of ['internal', 'invalid', 'not-found', 'lost'] as const) {
    kind = other
    await clock.advance(2_000)
  }
  assert.deepEqual(verdicts, [])
  assert.equal(events.at(-1), 'app Unhealthy: Liveness probe errored and resulted in unknown state: x')
  kind = 'timeout'
  await clock.advance(5_000)
  assert.deepEqual(verdicts, ['14250 liveness false'])
  assert.equal(events.at(-1), 'app Unhealthy: Liveness probe failed: command timed out: "slow" timed out after 1s')
})

test('ports are found by number and by name; what cannot be found is said', () => {
  const container = { name: 'app', ports: [{ name: 'web', containerPort: 8080 }] }
  assert.deepEqual(
    ['web', 80, '81', 'nope', 0, 70_000].map((port) => resolvePort(port, container)),
    [8080, 80, 81, 'strconv.Atoi: parsing "nope": invalid syntax', 'invalid port number: 0', 'invalid port number: 70000'],
  )
  assert.equal(httpTarget({ port: 'nope' as never }, container, '1.2.3.4'), 'strconv.Atoi: parsing "nope": invalid syntax')
  assert.equal(httpTarget({ port: 80 as never }, container, undefined), 'the pod has no IP yet')
})
