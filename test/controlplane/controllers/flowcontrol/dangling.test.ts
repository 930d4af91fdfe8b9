import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import type { FlowSchema } from '../../../../src/controlplane/apiserver/kinds/flowcontrol/flow-schemas.ts'
import { danglingCondition, keepFlowSchemas } from '../../../../src/controlplane/controllers/flowcontrol/dangling.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { makeBackend } from '../../harness.ts'

const schemas = 'flowschemas.flowcontrol.apiserver.k8s.io'
const levels = 'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io'

test('the schemas and levels that every cluster has are made, and each schema says whether it leads somewhere', async () => {
  const { backend, clock } = await makeBackend()
  const stopping = new AbortController()
  const running = keepFlowSchemas({ backend, clock, log: silentLogger, signal: stopping.signal })
  const dangling = async (name: string) => {
    const schema = (await backend.get({ resource: schemas, name })) as FlowSchema
    return schema.status?.conditions?.find(({ type }) => type === 'Dangling')
  }
  await waitUntil('the last schema is judged', async () => (await dangling('global-default').catch(() => undefined))?.status === 'False')
  assert.equal((await backend.list({ resource: schemas })).items.length, 13)
  assert.equal((await backend.list({ resource: levels })).items.length, 8)
  const { message } = (await dangling('exempt')) ?? {}
  assert.equal(message, 'This FlowSchema references the PriorityLevelConfiguration object named "exempt" and it exists')
  await backend.delete({ resource: levels, name: 'workload-low' })
  await waitUntil('the schema of a level that is gone dangles', async () => (await dangling('service-accounts'))?.reason === 'NotFound')
  stopping.abort()
  await running
})

test('a condition keeps its time while it says the same', () => {
  const schema = { spec: { priorityLevelConfiguration: { name: 'a' } } }
  const first = danglingCondition(schema, true, 0)
  const later = danglingCondition({ ...schema, status: { conditions: [first] } }, true, 60_000)
  assert.deepEqual(later, first)
  assert.equal(danglingCondition({ ...schema, status: { conditions: [first] } }, false, 60_000).lastTransitionTime, '1970-01-01T00:01:00Z')
})
