import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NodeHistory } from '../../src/cadvisor/node-history.ts'
import { container, podSnapshot, snapshot } from './fixture.ts'

test('on a node with very many containers the later ones keep a shorter past, until others have gone', () => {
  const history = new NodeHistory({ capacity: 30, mostWhole: 2, stepMs: 0 })
  const pod = (uid: string, t: number) => podSnapshot(t, [container('a', t, 0.5)], { uid })
  const kept = (uid: string) => history.pods.get(uid)?.containers.get('a')?.series.newest().length
  let t = 0
  const sample = (uids: readonly string[]) => {
    t += 10
    history.take(
      snapshot(
        t,
        uids.map((uid) => pod(uid, t)),
      ),
      t * 1000,
    )
  }
  for (let index = 0; index < 40; index += 1) sample(['u1', 'u2', 'u3'])
  assert.deepEqual(['u1', 'u2', 'u3'].map(kept), [30, 30, 12])
  sample(['u3'])
  for (let index = 0; index < 40; index += 1) sample(['u3', 'u4'])
  assert.deepEqual(['u3', 'u4', 'u1'].map(kept), [12, 30, undefined])
})

test('a sweep that is not newer is not taken', () => {
  const history = new NodeHistory()
  history.take(snapshot(10, []), 10_000)
  history.take(snapshot(9, [podSnapshot(9, [])]), 10_000)
  assert.equal(history.at, 10_000)
  assert.equal(history.pods.size, 0)
})

test('of two readings at nearly one moment the later has a rate too: since the one before both', () => {
  const history = new NodeHistory()
  const at = (t: number) => history.take(snapshot(t, [podSnapshot(t, [container('a', t, 0.5)])]), t * 1000)
  at(10)
  at(20)
  at(20.05)
  assert.deepEqual([history.node.before?.at, history.node.now.at], [10_000, 20_050])
  const kept = history.pods.get('u1')?.containers.get('a')
  assert.deepEqual([kept?.before?.at, kept?.now.at], [10_000, 20_050])
  at(30)
  assert.equal(history.node.before?.at, 20_050)
})
