import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StaticSource } from '../../../actors/node/messages.ts'
import { StaticPods } from '../../../actors/node/static/static-pods.ts'
import type { Pod } from '../../../src/kube/objects.ts'

const pod = (name: string, version: number): Pod => ({ metadata: { namespace: 'a', name, uid: `${name}-${version}` }, spec: { containers: [] } })

function scene(sources: readonly StaticSource[] = ['file']) {
  const log: string[] = []
  const pods = new StaticPods(sources, {
    begin: (each) => void log.push(`begin ${each.metadata?.uid}`),
    end: (uid) => void log.push(`end ${uid}`),
    ready: () => void log.push('ready'),
  })
  return { pods, log }
}

test('a changed manifest begins when nothing of the one before is left', () => {
  const { pods, log } = scene()
  pods.set('file', [pod('x', 1)])
  pods.set('file', [pod('x', 1)])
  pods.set('file', [pod('x', 2)])
  pods.set('file', [pod('x', 3)])
  assert.deepEqual(log, ['begin x-1', 'ready', 'end x-1'])
  pods.left('a/x')
  assert.deepEqual(log.slice(3), ['begin x-3'])
})

test('a manifest that is taken away and put back while its pod ends begins again', () => {
  const { pods, log } = scene()
  pods.set('file', [pod('x', 1)])
  pods.set('file', [])
  pods.set('file', [pod('x', 1)])
  assert.deepEqual(log.slice(2), ['end x-1'])
  pods.left('a/x')
  assert.deepEqual(log.slice(3), ['begin x-1'])
})

test('all sources must have told once; a file goes before a URL that names the same pod', () => {
  const { pods, log } = scene(['file', 'http'])
  pods.set('http', [pod('x', 1)])
  assert.equal(pods.ready, false)
  pods.set('file', [pod('x', 2)])
  assert.equal(pods.ready, true)
  pods.left('a/x')
  assert.deepEqual(log, ['begin x-1', 'end x-1', 'ready', 'begin x-2'])
})

test('whatever comes, a name is held by one pod at a time, and what runs in the end is what is wanted', () => {
  const step = fc.oneof(
    fc.record({
      set: fc.uniqueArray(fc.record({ name: fc.constantFrom('x', 'y'), version: fc.integer({ min: 1, max: 3 }) }), { selector: (each) => each.name }),
    }),
    fc.constant('left' as const),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const running = new Map<string, string>()
      const leaving: string[] = []
      const nameOf = (uid: string) => `a/${uid.split('-')[0]}`
      const pods = new StaticPods(['file'], {
        begin(each) {
          const name = `a/${each.metadata?.name}`
          assert.ok(!running.has(name), 'the name is free')
          running.set(name, String(each.metadata?.uid))
        },
        end: (uid) => void leaving.push(uid),
        ready() {},
      })
      const leave = () => {
        const uid = leaving.shift()
        if (uid === undefined) return
        running.delete(nameOf(uid))
        pods.left(nameOf(uid))
      }
      let wanted: string[] = []
      for (const each of steps) {
        if (each === 'left') leave()
        else {
          pods.set(
            'file',
            each.set.map(({ name, version }) => pod(name, version)),
          )
          wanted = each.set.map(({ name, version }) => `${name}-${version}`)
        }
      }
      while (leaving.length > 0) leave()
      assert.deepEqual([...running.values()].sort(), wanted.sort())
    }),
  )
})
