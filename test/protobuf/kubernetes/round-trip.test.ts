import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { modelNames, modelOf } from '../../../src/kube/types/models.ts'
import { decodeMessage } from '../../../src/protobuf/kubernetes/read.ts'
import { encodeMessage } from '../../../src/protobuf/kubernetes/write.ts'
import { anyObject } from '../../support/any-value.ts'

const kinds = modelNames().filter((name) => modelOf(name).fields.has('apiVersion') && modelOf(name).fields.get('kind')?.no === undefined)

test('there are all kinds of it', () => assert.ok(kinds.length > 120, String(kinds.length)))

for (const group of new Set(kinds.map((name) => name.slice(0, name.lastIndexOf('.'))))) {
  test(`${group}: no field of any kind is lost from JSON to protobuf and back`, () => {
    for (const name of kinds.filter((kind) => kind.startsWith(`${group}.`))) {
      fc.assert(
        fc.property(anyObject(name), (object) => assert.deepEqual(decodeMessage(name, encodeMessage(name, object)), plain(object), name)),
        { numRuns: 60 },
      )
    }
  })
}

// fast-check makes objects without a prototype.
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)])) : value
}
