import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { writeJson } from '../../src/json/exact.ts'
import { listText, pieceChars, wholeList } from '../../src/json/list-text.ts'

const list = <Item>(items: readonly Item[], each = (item: Item): unknown => item) =>
  ({ head: { kind: 'List', metadata: {} }, field: 'items', items, each }) as const

test('a list in pieces is the JSON of the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.jsonValue(), fc.bigInt({ min: 2n ** 60n, max: 2n ** 63n - 1n })), { maxLength: 1200 }), (items) => {
      const text = [...listText(list(items), '\n')].join('')
      assert.equal(text, `${writeJson(wholeList(list(items)))}\n`)
    }),
  )
})

test('of large items and of many small ones a piece has a bounded part, and none is made before it is asked for', () => {
  let made = 0
  const counted = (size: number) => () => {
    made += 1
    return 'x'.repeat(size)
  }
  const large = [...listText(list(Array.from({ length: 5000 }), counted(3000)))]
  assert.ok(
    large.every(({ length }) => length < pieceChars + 3003 + 40),
    'by its length',
  )
  assert.ok(large.length > 50)
  assert.equal([...listText(list(Array.from({ length: 5000 }), counted(1)))].length, 10, 'by its items')
  made = 0
  listText(list(Array.from({ length: 5000 }), counted(3000))).next()
  assert.ok(made < 100, `${made} items were made for the first piece`)
})
