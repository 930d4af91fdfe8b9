import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goQuote } from '../../src/base/go-quote.ts'

const table: [text: string | Buffer, quoted: string][] = [
  ['plain', '"plain"'],
  ['say "no"\n\t\\', '"say \\"no\\"\\n\\t\\\\"'],
  ['\u0000\u001b\u007f', '"\\x00\\x1b\\x7f"'],
  ['grün 🚀 ⌘', '"grün 🚀 ⌘"'],
  ['\u00a0\u200b\u{e0001}', '"\\u00a0\\u200b\\U000e0001"'],
  [Buffer.from([0x66, 0xff, 0xc3, 0xbc, 0xe2, 0x82]), '"f\\xffü\\xe2\\x82"'],
  [Buffer.from('\ufffd ok'), '"\ufffd ok"'],
]
for (const [text, quoted] of table)
  test(`${JSON.stringify(String(text))} is quoted as Go's %q does`, () => {
    assert.equal(goQuote(text), quoted)
  })
