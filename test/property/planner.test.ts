import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Pod } from '../../src/kube/objects.ts'
import { crashesArbitrary, type Happening, happeningsArbitrary, podArbitrary, troublesArbitrary } from './arbitrary-pods.ts'
import { assertAtRest } from './duty-laws.ts'
import { PodModel } from './pod-model.ts'

/** Far more looks than the longest way (volumes, sandbox, six containers one by one, each after a backoff) takes. */
const looks = 80

const after = (pod: Pod, happenings: readonly Happening[]) => {
  const model = new PodModel(pod)
  for (const happening of happenings) model.happen(happening)
  return model
}
const property = (check: (model: PodModel) => void, happenings = happeningsArbitrary) =>
  fc.assert(
    fc.property(podArbitrary, happenings, (pod, each) => check(after(pod, each))),
    { numRuns: 1000 },
  )

test('whatever happens, every start keeps policy, order and backoff, and every status follows from the one before', () => {
  property(() => {})
})

test('from crash to crash, what is due starts at its time, neither sooner nor later', () => {
  property(() => {}, crashesArbitrary)
})

test('whatever happened, a pod comes to rest, and a second plan with nothing changed is empty', () => {
  property((model) => {
    model.settle(looks)
    assert.deepEqual(model.plan().actions, [])
    const running = model.engine.containers.filter((each) => each.state === 'running').map((each) => each.name)
    if (model.deleted) assert.deepEqual(model.engine.state, { sandboxes: [], containers: [] })
    else if (model.phase === 'Succeeded' || model.phase === 'Failed') assert.deepEqual(running, [])
  })
})

test('whatever happened, a pod that nobody ends and that is not done comes to be as its spec wants it', () => {
  property((model) => {
    model.settle(looks)
    assert.deepEqual(model.plan().actions, [])
    // A deadline may end the pod before a backoff is over.
    const isOver = model.phase === 'Succeeded' || model.phase === 'Failed' || model.pod.spec?.activeDeadlineSeconds !== undefined
    if (!isOver) assertAtRest(model.pod, model.engine.state, model.lives, model.verdicts)
  }, troublesArbitrary)
})

test('whatever state it is in, a pod that is deleted ends, and leaves nothing', () => {
  property((model) => {
    model.delete(5)
    assert.ok(model.settle(8) <= 8)
    assert.match(model.phase ?? '', /^(Failed|Succeeded)$/)
    assert.deepEqual(model.engine.state, { sandboxes: [], containers: [] })
  })
})

test('whatever state it is in, a pod that is evicted ends Failed or as it had ended, with nothing running', () => {
  property((model) => {
    model.happen({ type: 'Evict' })
    model.settle(8)
    if (!model.deleted) assert.ok(model.phase === 'Failed' || model.phase === 'Succeeded')
    assert.deepEqual(
      model.engine.containers.filter((each) => each.state === 'running' || each.state === 'unknown'),
      [],
    )
  })
})
