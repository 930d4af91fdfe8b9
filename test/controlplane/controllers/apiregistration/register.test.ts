import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '../../../../src/base/log.ts'
import { registerServices } from '../../../../src/controlplane/controllers/apiregistration/register.ts'
import { waitUntil } from '../../../support/wait-until.ts'
import { makeBackend } from '../../harness.ts'

const resource = 'apiservices.apiregistration.k8s.io'

test('what is served has an APIService, that of a custom resource while it is there', async () => {
  const { backend, clock, definitions } = await makeBackend()
  const stopping = new AbortController()
  const running = registerServices({ backend, clock, log: silentLogger, signal: stopping.signal, kinds: definitions })
  const found = (name: string) => backend.get({ resource, name }).catch(() => undefined)
  const apps = (await waitUntil('the built-in groups are there', () => found('v1.flowcontrol.apiserver.k8s.io'))) && (await found('v1.apps'))
  const { spec, status } = apps as { spec?: unknown; status?: { conditions?: { reason?: string }[] } }
  assert.deepEqual(spec, { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 })
  assert.equal(status?.conditions?.[0]?.reason, 'Local')
  assert.deepEqual((await found('v1.')) && (await found('v1.apiregistration.k8s.io')), undefined)
  definitions.replace('widgets', [{ ...definitions.named('configmaps'), group: 'example.com', resource: 'widgets', kind: 'Widget' }])
  const widgets = (await waitUntil('the custom one comes', () => found('v1.example.com'))) as { spec?: { groupPriorityMinimum?: number } }
  assert.equal(widgets.spec?.groupPriorityMinimum, 1000)
  definitions.replace('widgets', [])
  await waitUntil('and goes', async () => (await found('v1.example.com')) === undefined)
  stopping.abort()
  await running
})
