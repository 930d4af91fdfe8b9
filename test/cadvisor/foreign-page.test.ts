import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { describe, it, test } from 'node:test'
import { isForeignPage } from '../../src/cadvisor/foreign-page.ts'
import { PageLab } from './fixture.ts'

const host = '127.0.0.1:4194'
const cases: readonly (readonly [string, boolean, IncomingHttpHeaders])[] = [
  ['curl', false, {}],
  ['a page of this server', false, { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
  ['a page of this server that posts', false, { origin: 'http://127.0.0.1:4194' }],
  ['an address that was typed', false, { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
  ['a link on another site', false, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }],
  ['an EventSource of another site', true, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
  ['an EventSource of an old browser', true, { origin: 'https://evil.example' }],
  ['a page of another port of this machine', true, { origin: 'http://127.0.0.1:8080' }],
  ['an image of another site', true, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
  ['a frame in another site', true, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
  ['a page of a sister site', true, { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
  ['a page in a sandbox', true, { origin: 'null' }],
]

describe('a request by', () => {
  for (const [what, foreign, headers] of cases)
    it(`${what} is ${foreign ? 'a foreign page’s' : 'none of a foreign page'}`, () => assert.equal(isForeignPage({ host, ...headers }), foreign))
})

test('foreign pages get no stream and no figures; 40 of them leave the own page alone', async () => {
  await using lab = await PageLab.start()
  const foreign = { origin: 'https://evil.example' }
  for (const path of ['/live/events', '/api/v1.3/events?stream=true&all_events=true', '/metrics', '/live/history?row=node'])
    assert.equal((await lab.get(path, foreign)).status, 403, path)
  const answers = await Promise.all(Array.from({ length: 40 }, () => lab.get('/live/events', foreign)))
  assert.ok(answers.every(({ status, body }) => status === 403 && /another origin \(https:\/\/evil.example\)/.test(body)))
  assert.deepEqual(lab.watched, [])
})
