import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageSizeClass } from '../../src/metrics/image-size.ts'

for (const [bytes, label] of [
  [0, 'N/A'],
  [1, '0-10MB'],
  [10 * 2 ** 20, '0-10MB'],
  [10 * 2 ** 20 + 1, '10MB-100MB'],
  [2 ** 30, '500MB-1GB'],
  [200 * 2 ** 30, 'GT100GB'],
] as const) {
  test(`an image of ${bytes} bytes is of the class ${label}`, () => assert.equal(imageSizeClass(bytes), label))
}
