import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusedStatus } from '../../actors/node/status-refusal.ts'

const next = (code: number, message = '', origin: 'api' | 'file' = 'api') => refusedStatus({ code, message }, origin).next

test('a pod that is gone, or whose name another has, is forgotten; a mirror is only left', () => {
  assert.deepEqual(
    [next(404), next(409, 'the UID in the precondition does not match'), next(422, 'metadata.uid: field is immutable')],
    ['forget', 'forget', 'forget'],
  )
  assert.deepEqual([next(404, '', 'file'), next(409, 'uid', 'file')], ['leave', 'leave'])
})

test('what would be refused again is left, and said', () => {
  assert.deepEqual(refusedStatus({ code: 422, message: 'status.phase: unknown' }, 'api'), { next: 'leave', said: 'status refused as invalid' })
  assert.deepEqual(refusedStatus({ code: 400, message: 'garbled' }, 'api'), { next: 'leave', said: 'status refused' })
})

test('what may go well is tried again: seldom where rights are missing, soon else', () => {
  assert.deepEqual([next(401), next(403)], ['retrySeldom', 'retrySeldom'])
  assert.deepEqual(
    [0, 409, 429, 500, 503].map((code) => next(code)),
    ['retry', 'retry', 'retry', 'retry', 'retry'],
  )
})
