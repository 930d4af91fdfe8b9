import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HookRequest } from '../../../../src/controlplane/apiserver/admission/hooks.ts'
import { forbiddenBy } from '../../../../src/controlplane/apiserver/rest/status-errors.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { configMaps, makeBackend } from '../../harness.ts'

const map = (name: string, data: Record<string, string> = {}) => ({ metadata: { name }, data }) as KubeObject

async function staged() {
  const told: string[] = []
  const { backend } = await makeBackend({
    admissions: [
      ({ operation, definition, name, object }) => {
        if (definition.resource !== 'configmaps') return
        told.push(`${operation} ${name}`)
        if (operation !== 'DELETE') object.metadata = { ...object.metadata, labels: { seen: 'yes' } }
      },
    ],
    validations: [
      ({ operation, definition, name, object }) => {
        if (definition.resource !== 'configmaps') return undefined
        told.push(`${operation} ${name} ${object.metadata?.labels?.seen} is valid`)
        if (name === 'refused') throw forbiddenBy(definition, name, 'so it is')
        return (stored) => told.push(`${operation} ${name} ${stored ? 'stored' : 'not stored'}`)
      },
    ],
  })
  return { backend, told }
}

test('what only refuses sees the object that the others made, once it is valid, and is told what became of the write', async () => {
  const { backend, told } = await staged()
  await backend.create(configMaps, map('a'))
  assert.deepEqual(told.splice(0), ['CREATE a', 'CREATE a yes is valid', 'CREATE a stored'])
  await assert.rejects(backend.create(configMaps, map('a')), /already exists/)
  assert.deepEqual(told.splice(0), ['CREATE a', 'CREATE a yes is valid', 'CREATE a not stored'])
  await assert.rejects(backend.create(configMaps, map('b', { 'no key!': '' })), /is invalid/)
  assert.deepEqual(told.splice(0), ['CREATE b'])
  await assert.rejects(backend.create(configMaps, map('refused')), /configmaps "refused" is forbidden: so it is/)
  assert.deepEqual(told.splice(0), ['CREATE refused', 'CREATE refused yes is valid'])
  await backend.patch({ ...configMaps, name: 'a' }, 'application/merge-patch+json', { data: { k: 'v' } })
  assert.deepEqual(told.splice(0), ['UPDATE a', 'UPDATE a yes is valid', 'UPDATE a stored'])
  await backend.delete({ ...configMaps, name: 'a' })
  assert.deepEqual(told.splice(0), ['DELETE a', 'DELETE a yes is valid', 'DELETE a stored'])
})

test('built-in checks come before policies and webhooks, and quota after them', async () => {
  const told: string[] = []
  const step = (name: string) => (request: { readonly definition: { readonly resource: string } }) => {
    if (request.definition.resource === 'configmaps') told.push(name)
  }
  const hooks = {
    mutate: async (request: HookRequest) => step('hooks change')(request),
    validate: async (request: HookRequest) => step('hooks check')(request),
  }
  const { backend } = await makeBackend({ admissions: [step('changes')], validations: [step('checks')], hooks, last: [step('quota')] })
  await backend.create(configMaps, map('ordered'))
  assert.deepEqual(told, ['changes', 'hooks change', 'checks', 'hooks check', 'quota'])
})
