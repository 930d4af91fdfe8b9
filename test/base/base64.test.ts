import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { base64Fault } from '../../src/base/base64.ts'

// encoding/base64, decode_test.go: TestDecodeCorrupt; what it reads rightly has no offset.
const corrupt: readonly (readonly [string, number | undefined])[] = [
  ['', undefined],
  ['\n', undefined],
  ['AAA=\n', undefined],
  ['AAAA\n', undefined],
  ['!!!!', 0],
  ['====', 0],
  ['x===', 1],
  ['=AAA', 0],
  ['A=AA', 1],
  ['AA=A', 2],
  ['AA==A', 4],
  ['AAA=AAAA', 4],
  ['AAAAA', 4],
  ['AAAAAA', 4],
  ['A=', 1],
  ['A==', 1],
  ['AA=', 3],
  ['AA==', undefined],
  ['AAA=', undefined],
  ['AAAA', undefined],
  ['AAAAAA=', 7],
  ['YWJjZA=====', 8],
  ['A!\n', 1],
  ['A=\n', 1],
  ['AA\n=\n=\n', undefined],
  ['AAA\u00e4', 3],
  ['AAA-', 3],
]

for (const [text, fault] of corrupt)
  test(`${JSON.stringify(text)} is ${fault === undefined ? 'base64' : `none from byte ${fault} on`}, as for Go`, () => assert.equal(base64Fault(text), fault))

test('what is written as base64 is base64, wherever lines end in it', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.array(fc.nat(40)), (bytes, ends) => {
      let text = Buffer.from(bytes).toString('base64')
      for (const end of ends) text = `${text.slice(0, end)}${end % 2 ? '\r\n' : '\n'}${text.slice(end)}`
      assert.equal(base64Fault(text), undefined)
    }),
  )
})
