import assert from 'node:assert/strict'
import { test } from 'node:test'
import { container, PageLab, podSnapshot, runningPod } from './fixture.ts'

/** Two samples, ten seconds apart: a container of half a core, one of a tenth. */
async function sampled(): Promise<PageLab> {
  const lab = await PageLab.start()
  for (const t of [10, 20]) await lab.sample(t, [podSnapshot(t, [container('a', t, 0.5), container('b', t, 0.1)])])
  return lab
}

test('v1.3 shows the tree of cgroups: the machine, slices, pods and containers, each with what is below', async () => {
  await using lab = await sampled()
  const root = await lab.json('/api/v1.3/containers/')
  assert.equal(root.name, '/')
  assert.deepEqual(root.subcontainers, [{ name: '/kubepods' }])
  const all = await lab.json('/api/v1.3/subcontainers/')
  assert.deepEqual(
    all.map((each: { name: string }) => each.name),
    ['/', '/kubepods', '/kubepods/pod-u1', '/kubepods/pod-u1/a-id', '/kubepods/pod-u1/b-id'],
  )
  const pod = await lab.json('/api/v1.3/containers/kubepods/pod-u1')
  assert.equal(pod.stats.length, 2)
  // A pod is its containers together, with the network.
  assert.equal(pod.stats[1].cpu.usage.total, 20 * 0.6 * 1e9)
  assert.equal(pod.stats[1].network.interfaces[0].rx_bytes, 2000)
  assert.equal(pod.stats[1].timestamp, '1970-01-01T00:00:20.000Z')
})

test('v1.3 tells of Docker containers by name, id and the beginning of an id', async () => {
  await using lab = await sampled()
  const all = await lab.json('/api/v1.3/docker/')
  assert.deepEqual(Object.keys(all), ['/kubepods/pod-u1/a-id', '/kubepods/pod-u1/b-id'])
  for (const name of ['a-0123456789abcdef', 'a-01', 'k8s_a_web_default_u1_0']) {
    const [found] = Object.values<{ id: string; namespace: string; spec: { cpu: object; memory: object; labels: Record<string, string> } }>(
      await lab.json(`/api/v1.3/docker/${name}`),
    )
    assert.equal(found?.id, 'a-0123456789abcdef')
    assert.equal(found.namespace, 'docker')
    assert.deepEqual(found.spec.cpu, { limit: 256, max_limit: 0, quota: 50_000, period: 100_000 })
    assert.deepEqual(found.spec.memory, { limit: 1000 })
    assert.equal(found.spec.labels['io.kubernetes.pod.name'], 'web')
  }
})

test('a v1 request may ask for fewer readings in its body', async () => {
  await using lab = await sampled()
  const ask = (body: string) => fetch(`${lab.url}/api/v1.3/containers/`, { method: 'POST', body })
  assert.equal(((await (await ask('{"num_stats":1}')).json()) as { stats: object[] }).stats.length, 1)
  assert.equal((await ask('{"num_stats":"x"}')).status, 400)
  assert.equal((await ask('{')).status, 400)
  assert.equal((await ask('x'.repeat(70_000))).status, 413)
})

test('v2.1 gives rates, percentiles, specs, storage and the machine', async () => {
  await using lab = await sampled()
  const name = '/kubepods/pod-u1/a-id'
  const stats = await lab.json(`/api/v2.1/stats${name}?count=1`)
  assert.equal(stats[name].stats.length, 1)
  assert.deepEqual(stats[name].stats[0].cpu_inst, { usage: { total: 5e8, user: 0, system: 0 } })
  assert.equal(stats[name].spec.image, 'busybox')
  const summary = await lab.json(`/api/v2.1/summary${name}`)
  assert.deepEqual(summary[name].latest_usage, { cpu: 500, memory: 200 })
  assert.equal(summary[name].minute_usage.cpu.max, 500)
  assert.deepEqual(Object.keys(await lab.json('/api/v2.1/spec/kubepods?recursive=true')).length, 4)
  const [machine] = (await lab.json('/api/v2.1/machinestats?count=1')) as [{ cpu_inst: { usage: { total: number } }; filesystem: { capacity: number }[] }]
  assert.equal(machine.cpu_inst.usage.total, 1.5e9)
  assert.equal(machine.filesystem[0]?.capacity, 1000)
  assert.equal((await lab.json('/api/v2.1/storage?label=root'))[0].usage, 600)
  assert.equal((await lab.json('/api/v2.1/machine')).memory_capacity, 4000)
  assert.equal((await lab.json('/api/v2.1/attributes')).cadvisor_version, 'v1.32.0-test')
  assert.equal(await lab.json('/api/v2.1/version'), 'v1.32.0-test')
  const own = (await lab.json('/api/v2.1/ps/')) as { pid: number; rss: number }[]
  assert.ok(own.some(({ pid, rss }) => pid === process.pid && rss > 1e6))
})

test('what v2.1 gives by cgroup it gives by Docker id as well', async () => {
  await using lab = await sampled()
  assert.deepEqual(await lab.json('/api/v2.1/stats/a-01?type=docker'), await lab.json('/api/v2.1/stats/kubepods/pod-u1/a-id'))
  assert.equal(Object.keys(await lab.json('/api/v2.1/stats?type=docker&recursive=true')).length, 2)
})

test('events tell which containers came, went and ran out of memory', async () => {
  await using lab = await sampled()
  const pod = runningPod('web', 'u1', ['a'])
  lab.set(pod)
  await lab.clock.advance(5000)
  const status = { ...pod.status?.containerStatuses?.[0], state: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '1970-01-01T00:00:24Z' } } }
  lab.set({ ...pod, status: { ...pod.status, containerStatuses: [status as never] } })
  const all = (await lab.json('/api/v1.3/events?all_events=true&subcontainers=true')) as { event_type: string; container_name: string }[]
  assert.deepEqual(
    all.map(({ event_type }) => event_type),
    ['containerCreation', 'oom', 'oomKill', 'containerDeletion'],
  )
  assert.equal(all[0]?.container_name, '/kubepods/pod-u1/a-id')
  assert.deepEqual(await lab.json('/api/v1.3/events?subcontainers=true'), [])
  assert.equal((await lab.json('/api/v1.3/events?all_events=true&subcontainers=true&max_events=1')).length, 1)
  assert.deepEqual(await lab.json('/api/v1.3/events?all_events=true&subcontainers=true&start_time=1970-01-01T00:00:26Z'), [])
})

for (const [path, status, pattern] of [
  ['/api/', 400, /Supported API versions: v1.0,.*v2.1/],
  ['/api/v9.9/machine', 404, /unsupported API version "v9.9"/],
  ['/api/v1.3/', 400, /Supported request types: "containers,machine,docker/],
  ['/api/v1.0/docker/', 404, /unknown request type "docker" of v1.0/],
  ['/api/v1.3/containers/no/such', 404, /unknown container "\/no\/such"/],
  ['/api/v1.3/docker/nope', 404, /unable to find Docker container "nope"/],
  ['/api/v2.1/stats/?count=x', 400, /failed to parse 'count' option: "x"/],
  ['/api/v2.1/stats/?count=-2', 400, /only -1 and larger/],
  ['/api/v2.1/stats/?type=rkt', 400, /unknown 'type' "rkt": use name or docker/],
  ['/api/v2.1/stats/?max_age=soon', 400, /not a duration/],
  ['/api/v2.1/storage?label=x', 404, /no file system has the label "x"/],
  ['/api/v1.3/events?start_time=noon', 400, /not an RFC 3339 time/],
  ['/nothing', 404, /the page is at \//],
  ['/live/history?row=nobody', 404, /nothing is known of row "nobody"/],
] as const)
  test(`${path} is answered by ${status} and says what is wrong`, async () => {
    await using lab = await sampled()
    const answer = await lab.get(path)
    assert.equal(answer.status, status)
    assert.match(answer.body, pattern)
  })
