import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { APIService } from '../../../../src/controlplane/apiserver/kinds/apiregistration/api-services.ts'
import { obstacle } from '../../../../src/controlplane/controllers/apiregistration/availability.ts'
import type { EndpointSlice } from '../../../../src/controlplane/controllers/endpoints/endpoint.ts'
import type { Service } from '../../../../src/kube/objects.ts'

const api = (port?: number) => ({ spec: { service: { name: 's', namespace: 'n', ...(port && { port }) } } }) as APIService
const service = (spec: object = {}) => ({ spec: { ports: [{ name: 'https', port: 443 }], ...spec } }) as Service
const slice = (ready: boolean | undefined, name = 'https', port: number | undefined = 6443) =>
  ({ endpoints: [{ addresses: ['192.0.2.1'], conditions: ready === undefined ? {} : { ready } }], ports: [{ name, port }] }) as EndpointSlice

describe('what stands in the way of another API server', () => {
  const rows: [string, APIService, Service | undefined, EndpointSlice[], string | undefined][] = [
    ['its service is not there', api(), undefined, [], 'service/s in "n" is not present'],
    ['its service has another port', api(8443), service(), [slice(true)], 'service/s in "n" is not listening on port 8443'],
    ['nobody looked for its endpoints', api(), service(), [], 'cannot find endpointslices for service/s in "n"'],
    ['none is ready', api(), service(), [slice(false)], 'endpointslices for service/s in "n" have no addresses with port name "https"'],
    ['none has the port', api(), service(), [slice(true, 'metrics')], 'endpointslices for service/s in "n" have no addresses with port name "https"'],
    ['nothing, when one of several slices has a ready one', api(443), service(), [slice(false), slice(true)], undefined],
    ['nothing, when nobody says that it is not ready', api(), service(), [slice(undefined)], undefined],
    ['nothing that can be seen, of a name elsewhere', api(), service({ type: 'ExternalName', ports: [] }), [], undefined],
  ]
  for (const [what, asked, there, slices, message] of rows) it(what, () => assert.equal(obstacle(asked, there, slices)?.message, message))
})
