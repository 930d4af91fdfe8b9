import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { readLines, readText, TooLarge } from '../../../src/kube/answers/body.ts'
import { ListPages } from '../../../src/kube/answers/list-pages.ts'
import { retryAfterMs } from '../../../src/kube/answers/retry-after.ts'
import { isBefore } from '../../../src/kube/resource-version.ts'

async function* pieces(text: string, cuts: readonly number[]) {
  const bytes = Buffer.from(text)
  let from = 0
  for (const cut of [...cuts].map((each) => each % (bytes.length + 1)).sort((a, b) => a - b)) {
    yield bytes.subarray(from, Math.max(from, cut))
    from = Math.max(from, cut)
  }
  yield bytes.subarray(from)
}

test('lines are the same however the stream is cut, in the midst of a character too', async () => {
  const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\n\r]/.test(text))
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.array(fc.nat()), async (lines, cuts) => {
      const read: string[] = []
      for await (const each of readLines(pieces(`${lines.join('\n')}\n`, cuts), 1_000_000)) read.push(each)
      assert.deepEqual(
        read,
        lines.filter((text) => text.trim() !== '').map((text) => Buffer.from(text).toString()),
      )
    }),
  )
})

test('a line, and a body, without an end are given up at the limit', async () => {
  let sent = 0
  async function* endless() {
    for (;;) {
      sent += 1000
      yield Buffer.alloc(1000, 'x')
    }
  }
  await assert.rejects(async () => {
    for await (const _ of readLines(endless(), 50_000)) assert.fail('there is no line')
  }, TooLarge)
  assert.ok(sent <= 52_000, `${sent} bytes were read`)
  sent = 0
  await assert.rejects(readText(endless(), 50_000), TooLarge)
  assert.ok(sent <= 52_000, `${sent} bytes were read`)
})

test('a list that goes on with a page it had before, or that never ends, is no list', () => {
  const page = (next: string) => ({ items: [{}], resourceVersion: '1', next })
  const pages = new ListPages('GET /pods', new ManualClock())
  pages.add(page('a'), 10)
  pages.add(page('b'), 10)
  assert.throws(() => pages.add(page('a'), 10), { name: 'KubeError', message: /a page that it had before/ })
  const endless = new ListPages('GET /pods', new ManualClock())
  assert.throws(() => {
    for (let index = 0; ; index += 1) endless.add(page(String(index)), 10)
  }, /does not end: 2000 items/)
})

test('Retry-After holds seconds or a date; nonsense is none, and years are a minute', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  for (const [header, ms] of [
    ['5', 5000],
    ['0', 0],
    ['-1', undefined],
    ['soon', undefined],
    ['', undefined],
    ['1e9', undefined],
    ['31536000', 60_000],
    ['99999999999999999999', undefined],
    ['Thu, 01 Jan 2026 00:00:20 GMT', 20_000],
    ['Mon, 01 Jan 2001 00:00:00 GMT', 0],
    ['Fri, 01 Jan 2100 00:00:00 GMT', 60_000],
  ] as const)
    assert.equal(retryAfterMs(header, undefined, now), ms, header)
  assert.equal(retryAfterMs(undefined, 7, now), 7000)
  assert.equal(retryAfterMs(undefined, -7, now), undefined)
  assert.equal(retryAfterMs(undefined, 'x', now), undefined)
})

test('versions are compared as whole numbers of any length, and nothing else is', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 80n }), fc.bigInt({ min: 1n, max: 2n ** 80n }), (a, b) => assert.equal(isBefore(String(a), String(b)), a < b)),
  )
  assert.deepEqual([isBefore('', '5'), isBefore('a', 'b'), isBefore('0', '1'), isBefore('05', '6')], [false, false, false, false])
})
