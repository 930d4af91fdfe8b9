import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fingerprints } from '../../actors/node/fingerprints.ts'
import type { PodSummary } from '../../src/engine/engine.ts'
import { podUid } from '../../src/kube/ids.ts'

const rows = (prints: Readonly<Record<string, string>>): PodSummary[] =>
  Object.entries(prints).map(([name, fingerprint]) => ({
    pod: { uid: podUid(name), name, namespace: 'a' },
    fingerprint,
    sandboxIds: [],
    running: [],
  }))

test('a list tells who came, changed and went since the last, and of nobody else', () => {
  const fingerprints = new Fingerprints()
  const take = (prints: Readonly<Record<string, string>>) => fingerprints.take(rows(prints)).map(({ uid, fingerprint }) => [uid, fingerprint])
  assert.deepEqual(take({ p: '1', q: '1' }), [
    ['p', '1'],
    ['q', '1'],
  ])
  assert.deepEqual(take({ p: '1', q: '1' }), [])
  assert.deepEqual(take({ p: '2', q: '1' }), [['p', '2']])
  assert.deepEqual(take({ q: '1' }), [['p', undefined]])
  assert.deepEqual(take({ q: '1' }), [])
})

test('a pod that is forgotten is new when the engine lists it again', () => {
  const fingerprints = new Fingerprints()
  fingerprints.take(rows({ p: '1' }))
  fingerprints.forget(podUid('p'))
  assert.equal(fingerprints.take(rows({ p: '1' })).length, 1)
  fingerprints.forget(podUid('p'))
  assert.deepEqual(fingerprints.take([]), [])
})

test('a pod is lacking only once the engine has told all it has', () => {
  const fingerprints = new Fingerprints()
  assert.equal(fingerprints.lacks(podUid('p')), false)
  fingerprints.take(rows({ q: '1' }))
  assert.deepEqual([fingerprints.lacks(podUid('p')), fingerprints.lacks(podUid('q'))], [true, false])
})
