import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseJson, writeJson } from '../../src/json/exact.ts'
import { inspectJson, isDeeper, isValueDeeper } from '../../src/json/inspect.ts'

describe('JSON with numbers of 64 bits', () => {
  it('keeps every int64 through reading and writing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        for (const text of [`{"a":${value}}`, `[${value}]`, `${value}`, `{"a":[1,${value}],"b":"${value}"}`]) assert.equal(writeJson(parseJson(text)), text)
        assert.equal(writeJson(structuredClone(parseJson(`[ ${value} ]`))), `[${value}]`)
      }),
    )
  })

  it('reads all else as JSON.parse does, names that objects inherit included', () => {
    fc.assert(fc.property(fc.json(), (text) => assert.equal(writeJson(parseJson(text)), text)))
    assert.equal(writeJson(parseJson('{"__proto__":{"a":9223372036854775807},"constructor":1}')), '{"__proto__":{"a":9223372036854775807},"constructor":1}')
  })

  it('leaves fractions and powers as doubles', () =>
    assert.deepEqual(parseJson('[1234567890123456.5,1e30,1234567890123456e1]'), [1234567890123456.5, 1e30, 12345678901234560]))
})

describe('what JSON.parse does not say', () => {
  it('finds fields that come twice, by their paths', () => {
    const text = '{"a":1,"b":{"c\\u0041":1,"cA":2},"l":[{"x":1},{"x":1,"x":[],"y":{},"y":3}],"a":"}{\\"","s":"\\\\"}'
    assert.deepEqual(inspectJson(text).duplicates, ['b.cA', 'l[1].x', 'l[1].y', 'a'])
  })

  it('finds none where there are none', () => {
    fc.assert(fc.property(fc.json(), (text) => assert.deepEqual(inspectJson(JSON.stringify(JSON.parse(text))).duplicates, [])))
  })

  it('names no more than a hundred, however many there are', () => {
    assert.equal(inspectJson(`{${Array.from({ length: 1000 }, (_, index) => `"a${index}":1,"a${index}":2`).join()}}`).duplicates.length, 100)
  })

  it('tells depth without going down', () => {
    assert.equal(isDeeper('['.repeat(1_000_000), 10_000), true)
    assert.equal(isDeeper(`${'['.repeat(10_000)}${']'.repeat(10_000)}`, 10_000), false)
    assert.equal(isDeeper('["[[[[", {"[": "\\"[["}]', 2), false)
    assert.equal(isValueDeeper(JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`), 1000), true)
    assert.equal(isValueDeeper([[1]], 2), false)
  })
})
