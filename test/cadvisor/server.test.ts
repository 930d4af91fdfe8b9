import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { startCadvisorServer } from '../../src/cadvisor/server.ts'
import { container, PageLab, podSnapshot } from './fixture.ts'

test('a page that another name points at this address reads nothing', async () => {
  await using lab = await PageLab.start()
  for (const path of ['/', '/api/v1.3/machine', '/metrics', '/live/events', '/healthz']) {
    const answer = await lab.get(path, { host: 'evil.example' })
    assert.equal(answer.status, 403, path)
    assert.match(answer.body, /"evil.example" is none of this node's names/)
  }
  assert.equal((await lab.get('/healthz', { host: 'n1:4194' })).status, 200)
})

test('a request line is read once: disguised paths are moved or refused, an absolute target stands for the Host, and none is a 500', async () => {
  await using lab = await PageLab.start()
  for (const [path, status] of [
    ['//', 301],
    ['/.//healthz', 301],
    ['/%68ealthz', 200],
    ['/%', 400],
    ['/api/v1.3/docker/%zz', 400],
    ['/api/v1.3/docker/%2525zz', 404],
    ['/api/constructor/x', 404],
    ['/api/v2.1/toString', 404],
    ['/constructor', 404],
    ['http://evil.example/healthz', 403],
    ['http://localhost/healthz', 200],
  ] as const)
    assert.equal(await lab.statusOf(path), status, path)
})

test('every answer forbids scripts from elsewhere, and frames', async () => {
  await using lab = await PageLab.start()
  for (const path of ['/', '/nothing', '/api/']) {
    const policy = String((await lab.get(path)).headers['content-security-policy'])
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
  }
})

test('the page and the chart library are served, and again only when they changed', async () => {
  await using lab = await PageLab.start()
  const page = await lab.get('/')
  assert.match(String(page.headers['content-type']), /^text\/html/)
  for (const [, path = ''] of page.body.matchAll(/(?:src|href)="([^"#]+)"/g)) assert.equal((await lab.get(path)).status, 200, path)
  assert.match((await lab.get('/uplot.js')).body, /uPlot/)
  assert.equal((await lab.get('/', { 'if-none-match': String(page.headers.etag) })).status, 304)
  assert.equal((await lab.get('/../../package.json')).status, 404)
  assert.equal((await lab.get('/containers/docker')).status, 307)
})

test('metrics and health are there as on the main server', async () => {
  await using lab = await PageLab.start()
  await lab.sample(10, [podSnapshot(10, [container('a', 10, 0.5)])])
  assert.match((await lab.get('/metrics')).body, /container_cpu_usage_seconds_total\{container="a",.*\} 5 10000/)
  const packed = (await lab.get('/metrics', { 'accept-encoding': 'gzip' })).headers
  assert.deepEqual([packed['content-encoding'], packed['cache-control']], ['gzip', 'no-store'])
  assert.equal((await lab.get('/healthz')).body, 'ok')
  assert.equal((await fetch(`${lab.url}/metrics`, { method: 'POST' })).status, 405)
  assert.equal((await fetch(`${lab.url}/api/v1.3/machine`, { method: 'DELETE' })).status, 405)
})

test('a port that is taken is an error that names the flag', async () => {
  await using lab = await PageLab.start()
  const again = startCadvisorServer({
    address: '127.0.0.1',
    port: lab.server?.port ?? 0,
    ownNames: [],
    clock: systemClock,
    log: silentLogger,
    sources: { pods: () => [] } as never,
  })
  await assert.rejects(again, { name: 'ConfigError', message: /^--cadvisor-port: 127.0.0.1:\d+ is in use; give another, or --cadvisor-port 0/ })
})

test('actors are asked once a second, however many look', async () => {
  await using lab = await PageLab.start()
  await Promise.all([lab.json('/live/actors'), lab.json('/live/actors')])
  assert.equal(lab.asked, 1)
  await lab.clock.advance(1000)
  await lab.json('/live/actors')
  assert.equal(lab.asked, 2)
})
