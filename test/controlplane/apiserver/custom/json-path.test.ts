import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findAll, parseJsonPath, printed } from '../../../../src/controlplane/apiserver/custom/json-path.ts'
import { printerOf } from '../../../../src/controlplane/apiserver/custom/printer.ts'

const object = {
  metadata: { name: 'a', annotations: { 'example.com/x': 'dotted' } },
  spec: { n: 3, list: [{ k: 'a', v: 1 }, { k: 'b', v: 2 }, { k: 'c' }], on: true, none: null },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Synced', status: 'False' },
    ],
  },
}

for (const [path, ...expected] of [
  ['.spec.n', 3],
  ['$.spec.n', 3],
  ['.spec.nope'],
  ['.spec.list.k'],
  ['.spec.list[1].k', 'b'],
  ['.spec.list[-1].k', 'c'],
  ['.spec.list[0:2].v', 1, 2],
  ['.spec.list[*].v', 1, 2],
  ["['spec']['n']", 3],
  ['.metadata.annotations.example\\.com/x', 'dotted'],
  [".metadata.annotations['example.com/x']", 'dotted'],
  ['.status.conditions[?(@.type=="Ready")].status', 'True'],
  [".status.conditions[?(@.type == 'Synced')].status", 'False'],
  ['.spec.list[?(@.v>1)].k', 'b'],
  ['.spec.list[?(@.v)].k', 'a', 'b'],
  ['..type', 'Ready', 'Synced'],
] as const)
  test(`the path ${path} leads to ${JSON.stringify(expected)}`, () => assert.deepEqual(findAll(parseJsonPath(path), object), expected))

test('a path that is none is refused', () => {
  for (const path of ['.a[', '.a[x]', '.a[?(b)]']) assert.throws(() => parseJsonPath(path), Error, path)
})

test('a cell is of its type, empty where there is nothing of it, and columns end before one whose path is none', () => {
  const column = (type: string, jsonPath: string) => ({ name: type, type, jsonPath })
  const columns = [
    column('integer', '.spec.n'),
    column('boolean', '.spec.on'),
    column('string', '.spec.list[0]'),
    column('integer', '.metadata.name'),
    column('string', '.spec.none'),
    column('date', '.metadata.name'),
    column('string', '.a['),
    column('string', '.spec.n'),
  ]
  const { cells, columns: shown } = printerOf(columns)
  assert.deepEqual(cells(object, 0), ['a', 3, true, '{"k":"a","v":1}', null, null, '<invalid>'])
  assert.equal(shown.length, 7)
  assert.equal(printed(true), 'true')
})
