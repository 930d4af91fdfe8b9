import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLogQuery } from '../../src/server/log-query.ts'

const now = Date.UTC(2026, 0, 1)

for (const [query, options] of [
  ['', {}],
  ['tailLines=5&limitBytes=10&timestamps=true&follow=true', { tailLines: 5, limitBytes: 10, timestamps: true, follow: true }],
  ['tail=7', { tailLines: 7 }],
  ['tail=all&tailLines=3', {}],
  ['sinceSeconds=60', { since: now - 60_000 }],
  ['sinceTime=2025-12-31T00:00:00Z', { since: now - 86_400_000 }],
  ['stream=All', {}],
] as const) {
  test(`?${query} is understood`, () => {
    assert.deepEqual(parseLogQuery(new URLSearchParams(query), now), { previous: false, options: { follow: false, timestamps: false, ...options } })
  })
}

for (const [query, status, complaint] of [
  ['tailLines=some', 400, /^tailLines: Invalid value: "some"/],
  ['tailLines=-1', 422, /^tailLines/],
  ['limitBytes=0', 422, /at least 1/],
  ['sinceSeconds=5&sinceTime=2025-12-31T00:00:00Z', 422, /at most one of them/],
  ['sinceTime=yesterday', 400, /RFC 3339/],
  ['stream=Stdout', 400, /both streams together/],
] as const) {
  test(`?${query} is a ${status}`, () => {
    const parsed = parseLogQuery(new URLSearchParams(query), now)
    assert.ok('complaint' in parsed)
    assert.equal(parsed.status, status)
    assert.match(parsed.complaint, complaint)
  })
}
