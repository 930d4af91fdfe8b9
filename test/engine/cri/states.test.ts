import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pidOf } from '../../../src/engine/cri/states.ts'

for (const [what, info, expected] of [
  ['containerd’s of a sandbox', '{"pid":4711,"processStatus":"running","runtimeSpec":{"process":{"env":["A={\\"pid\\":1}"]}}}', 4711],
  ['containerd’s of a container', '{"sandboxID":"ab12","pid":12,"removing":false,"runtimeSpec":{}}', 12],
  ['one that says it later', '{"runtimeSpec":{"pid":1},"pid":99}', 99],
  ['one with a space', '{ "pid": 5 }', 5],
  ['one without', '{"sandboxID":"\\"pid\\":7"}', 0],
  ['a number that is none', '{"pid":1.5}', 0],
  ['one that is too long for a number of a process', '{"pid":12345678901234567890}', 0],
  ['what is no JSON', 'pid:5', 0],
] as const)
  test(`the process that a runtime tells of: ${what}`, () => {
    assert.equal(pidOf({ info }), expected)
  })

test('of a runtime that tells nothing beside the status no process is known', () => {
  assert.equal(pidOf({}), 0)
})
