import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DeleteOptions } from '../../../../src/controlplane/apiserver/rest/backend.ts'
import { deletionFinalizers } from '../../../../src/controlplane/apiserver/rest/propagation.ts'
import { configMaps, makeBackend } from '../../harness.ts'

describe('what a deletion says of dependents', async () => {
  const { definitions } = await makeBackend()
  const definition = definitions.named('configmaps')
  const rows: readonly (readonly [string, DeleteOptions, string[], string[], 'orphaned' | 'none' | undefined])[] = [
    ['nothing', {}, ['x'], ['x'], undefined],
    ['nothing, of a kind that orphans', {}, ['x'], ['x', 'orphan'], 'orphaned'],
    ['nothing, of an object that is to orphan', {}, ['orphan'], ['orphan'], undefined],
    ['nothing, of an object that is to wait', {}, ['foregroundDeletion'], ['foregroundDeletion'], 'orphaned'],
    ['Foreground', { propagationPolicy: 'Foreground' }, ['x', 'orphan'], ['x', 'foregroundDeletion'], 'orphaned'],
    ['Background', { propagationPolicy: 'Background' }, ['orphan', 'foregroundDeletion'], [], 'orphaned'],
    ['Orphan', { propagationPolicy: 'Orphan' }, [], ['orphan'], undefined],
    ['orphanDependents', { orphanDependents: true }, [], ['orphan'], undefined],
    ['no orphanDependents', { orphanDependents: false }, ['foregroundDeletion'], [], 'orphaned'],
    ['Foreground, of a kind that owns nothing', { propagationPolicy: 'Foreground' }, [], [], 'none'],
  ]
  for (const [what, options, before, after, dependents] of rows)
    it(`${what}: ${after.join(', ') || 'no finalizer'}`, () => assert.deepEqual(deletionFinalizers({ ...definition, dependents }, before, options), after))

  it('is an object’s finalizer from then on, and a later deletion does not change it', async () => {
    const { backend } = await makeBackend()
    await backend.create(configMaps, { metadata: { name: 'a' } })
    const a = { ...configMaps, name: 'a' }
    for (const propagationPolicy of ['Foreground', 'Background', 'Orphan'] as const) await backend.delete(a, { propagationPolicy })
    const { metadata } = await backend.get(a)
    assert.deepEqual(metadata?.finalizers, ['foregroundDeletion'])
    assert.ok(metadata?.deletionTimestamp)
  })

  it('is warned of where a Job is deleted without a word of its pods', async () => {
    const { backend } = await makeBackend()
    const jobs = { resource: 'jobs.batch', namespace: 'default' }
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } }
    const told: string[] = []
    const warn = (message: string) => told.push(message)
    for (const propagationPolicy of [undefined, 'Background', 'Orphan'] as const) {
      const name = `job-${propagationPolicy?.toLowerCase() ?? 'plain'}`
      await backend.create(jobs, { metadata: { name }, spec } as never)
      await backend.delete({ ...jobs, name }, { propagationPolicy }, { warn })
    }
    assert.equal(told.length, 1)
    assert.match(told[0] ?? '', /^child pods are preserved by default when jobs are deleted; set propagationPolicy=Background/)
  })

  it('is refused where it cannot be', async () => {
    const { backend } = await makeBackend()
    await backend.create(configMaps, { metadata: { name: 'a' } })
    const refused = (options: DeleteOptions, why: string) =>
      assert.rejects(backend.delete({ ...configMaps, name: 'a' }, options), {
        code: 422,
        message: `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: ${why}`,
      })
    await refused(
      { propagationPolicy: 'Orphan', orphanDependents: true },
      'Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    )
    await refused({ propagationPolicy: 'Upwards' as never }, 'Unsupported value: "Upwards": supported values: "Foreground", "Background", "Orphan", ""')
  })
})
