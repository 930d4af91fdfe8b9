import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds } from '../../../../src/controlplane/apiserver/kinds/registry.ts'
import { resourceName } from '../../../../src/controlplane/apiserver/resource.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { makeBackend } from '../../harness.ts'
import { samples } from '../../samples.ts'

const { backend } = await makeBackend()

for (const [resource, sample] of Object.entries(samples)) {
  const kind = kinds.find((each) => resourceName(each) === resource)
  const namespace = kind?.namespaced ? 'default' : ''

  test(`${resource}: defaults of what has its defaults change nothing`, () => {
    const once = structuredClone(sample) as KubeObject
    kind?.defaults(once)
    const twice = structuredClone(once)
    kind?.defaults(twice)
    assert.deepEqual(twice, once)
  })

  test(`${resource}: what is read and written back is the same, of the same generation and version`, async () => {
    const created = await backend.create({ resource, namespace }, structuredClone(sample) as KubeObject)
    const ref = { resource, namespace, name: created.metadata?.name ?? '' }
    const read = await backend.get(ref)
    assert.deepEqual(read, created)
    if (kind?.generation) assert.equal(read.metadata?.generation, 1)
    assert.deepEqual(await backend.update(ref, structuredClone(read)), read)
    // As a client that knows nothing of what the server filled in.
    const applied = await backend.patch(ref, 'application/merge-patch+json', structuredClone(sample))
    assert.equal(applied.metadata?.generation, read.metadata?.generation)
    if (kind?.subresources?.some(({ name }) => name === 'status'))
      assert.deepEqual(await backend.update(ref, structuredClone(applied), { subresource: 'status' }), applied)
    await backend.delete(ref)
  })
}
