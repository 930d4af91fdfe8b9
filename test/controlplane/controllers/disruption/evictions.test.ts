import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { isReady } from '../../../../src/controlplane/controllers/runtime/pod-state.ts'
import type { KubeObject, Pod } from '../../../../src/kube/objects.ts'
import { pods } from '../../harness.ts'
import { budgetStage } from './budgets.ts'

/** A storage whose writes take some turns of the loop, each another number of them, so that writers come between each other. */
class SlowStorage extends MemoryStorage {
  readonly #turns: () => number

  constructor(turns: () => number) {
    super()
    this.#turns = turns
  }

  override async put(key: string, object: KubeObject, expected: number) {
    for (let left = this.#turns(); left > 0; left--) await turn()
    return super.put(key, object, expected)
  }
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('evict' as const), pods: fc.uniqueArray(fc.nat(5), { minLength: 1 }), waits: fc.boolean() }) },
  fc.record({ do: fc.constant('ready' as const), pod: fc.nat(5) }),
  fc.record({ do: fc.constant('gone' as const), pod: fc.nat(5) }),
)

test('property: however many are evicted at once, no eviction leaves fewer ready pods than the budget wants', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.nat(3), { minLength: 5 }),
      async (steps, minAvailable, turns) => {
        let writes = 0
        using at = await budgetStage(new SlowStorage(() => turns[writes++ % turns.length] ?? 0))
        const alive = async () => (await at.activePods()).filter(isReady).length
        for (let index = 0; index < 6; index++) await at.lonePod(`p${index}`)
        await at.budget({ minAvailable })
        await at.settle()
        for (const each of steps) {
          const before = await alive()
          switch (each.do) {
            case 'evict': {
              const answers = await Promise.all(each.pods.map((index) => at.evict(`p${index}`)))
              const after = await alive()
              assert.ok(after >= Math.min(before, minAvailable), `${before} were ready, ${after} are, ${minAvailable} must be`)
              for (const answer of answers) assert.ok(answer === undefined || [404, 429].includes(answer.code ?? 0), JSON.stringify(answer))
              if (each.waits) await at.settle()
              break
            }
            case 'gone':
              // Those that go are gone, and another has the name.
              for (const { metadata } of (await at.list<Pod>('pods')).filter((pod) => pod.metadata?.deletionTimestamp))
                await at.backend.delete({ ...pods, name: metadata?.name ?? '' }, { gracePeriodSeconds: 0 })
              await at.lonePod(`p${each.pod}`).catch(() => {})
              await at.settle()
              break
            case 'ready': {
              const pod = (await at.activePods()).find(({ metadata }) => metadata?.name === `p${each.pod}`)
              if (pod) await at.ready(pod, isReady(pod) ? 'False' : 'True')
              // Of what happens by itself the budget learns from its controller.
              await at.settle()
              break
            }
          }
        }
        await at.clock.advance(180_000)
        await at.settle()
        assert.equal((await at.status())?.disruptionsAllowed, Math.max(0, (await alive()) - minAvailable), 'and in the end it is what is there')
      },
    ),
    { numRuns: 40 },
  )
})
