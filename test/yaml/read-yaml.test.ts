import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseJson, writeJson } from '../../src/json/exact.ts'
import { readYaml, readYamlDocument, readYamlDocuments, YamlError } from '../../src/yaml/read-yaml.ts'

describe('YAML as Kubernetes reads it', () => {
  for (const [text, value] of [
    ['0440', 0o440],
    ['0755', 0o755],
    ['0o17', 0o17],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['089', 89],
    ['+5', 5],
    ['-0440', -0o440],
    ['9223372036854775807', 9223372036854775807n],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['1:30', '1:30'],
    ['190:20:30', '190:20:30'],
    ['2001-01-01', '2001-01-01'],
    ['2001-12-14t21:59:43.10-05:00', '2001-12-14t21:59:43.10-05:00'],
    ['1.2.3', '1.2.3'],
    ['.inf', '.inf'],
    ['yes', true],
    ['On', true],
    ['y', true],
    ['no', false],
    ['OFF', false],
    ['yEs', 'yEs'],
    ['~', null],
    ['Null', null],
    ['"0440"', '0440'],
    ["'yes'", 'yes'],
    ['!!str 0440', '0440'],
    ['!!int "12"', 12],
    ['!!binary aGk=', 'hi'],
  ] as const) {
    it(`reads ${text}`, () => assert.deepEqual(readYaml(`a: ${text}`), { a: value }))
  }

  it('follows anchors and merge keys, and what a map names itself wins', () => {
    assert.deepEqual(readYaml('a: &a {x: 1, z: 9}\nb: {<<: *a, x: 2}\nc: {x: 3, <<: [*a, {w: 4, x: 5}]}'), {
      a: { x: 1, z: 9 },
      b: { x: 2, z: 9 },
      c: { x: 3, z: 9, w: 4 },
    })
  })

  it('makes text of keys', () => assert.deepEqual(readYaml('1: a\n0x10: b\nyes: c\n1.5: d'), { 1: 'a', 16: 'b', true: 'c', 1.5: 'd' }))

  it('names the line of a key that comes twice, and the last one counts', () => {
    assert.deepEqual(readYamlDocument('a: 1\nb:\n  c: 1\n  c: 2\na: 3'), {
      value: { a: 3, b: { c: 2 } },
      duplicates: ['line 4: key "c" already set in map', 'line 5: key "a" already set in map'],
    })
    assert.throws(() => readYaml('a: 1\na: 2'), new YamlError('yaml: unmarshal errors:\n  line 2: key "a" already set in map'))
  })

  it('reads several documents, and none of an empty text', () => {
    assert.deepEqual(
      readYamlDocuments('--- 1\n--- b\n').map(({ value }) => value),
      [1, 'b'],
    )
    assert.deepEqual(readYamlDocuments('# nothing\n'), [])
  })

  for (const [what, text, message] of [
    ['an alias without its anchor', 'a: *b', /unknown anchor 'b' referenced/],
    ['an anchor inside itself', 'a: &a [*a]', /unknown anchor/],
    ['a map as a key', '? {a: 1}\n: 2', /invalid map key/],
    ['a list that does not end', 'a: [', /yaml: line 1/],
    ['a tab as indentation', 'a:\n\tb: 1', /yaml: line 2/],
    ['lists in lists without end', '['.repeat(100_000), /exceeded max depth/],
    ['maps in maps without end', `a: ${'{a: '.repeat(100_000)}`, /exceeded max depth/],
    ['a merge of what is no map', 'a: {<<: 1}', /map merge requires map/],
  ] as const) {
    it(`refuses ${what}`, () => assert.throws(() => readYaml(text), { name: 'YamlError', message }))
  }

  it('refuses aliases that multiply, in nodes and in characters', () => {
    const laughs = [
      'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 9 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(10)}]`),
    ]
    assert.throws(() => readYaml(laughs.join('\n')), /excessive aliasing/)
    const long = `a: &a "${'x'.repeat(1_000_000)}"\nb: [${'*a, '.repeat(100)}]`
    assert.throws(() => readYaml(long), /excessive aliasing/)
    const merges = `a: &a {${Array.from({ length: 2000 }, (_, index) => `k${index}: 1`).join(', ')}}\nb: [${'{<<: *a}, '.repeat(2000)}]`
    assert.throws(() => readYaml(merges), /excessive aliasing/)
  })

  it('reads what JSON writes as JSON does, names that objects inherit included', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4, stringUnit: 'grapheme-ascii' }), (text) => {
        assert.equal(writeJson(readYaml(text)), writeJson(parseJson(text)))
      }),
      { numRuns: 300 },
    )
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      assert.equal(JSON.stringify(readYaml(`${name}: {a: 1}`)), `{"${name}":{"a":1}}`)
  })
})
