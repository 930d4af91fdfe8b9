import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deviceClasses } from '../../../../../src/controlplane/apiserver/kinds/resource/device-classes.ts'
import { resourceClaimTemplates } from '../../../../../src/controlplane/apiserver/kinds/resource/resource-claim-templates.ts'
import { resourceClaims } from '../../../../../src/controlplane/apiserver/kinds/resource/resource-claims.ts'
import { resourceSlices } from '../../../../../src/controlplane/apiserver/kinds/resource/resource-slices.ts'
import { createProblems, made, row, updateProblems } from '../kind-lab.ts'

const claim = (...requests: object[]) => ({ spec: { devices: { requests } } })
const gpu = { name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } }

test('a claim is of one device of each request unless it says otherwise', () => {
  const { spec } = made(resourceClaims, claim(gpu, { name: 'all', firstAvailable: [{ name: 'a', deviceClassName: 'c', allocationMode: 'All' }] })) as {
    spec?: unknown
  }
  assert.deepEqual(spec, {
    devices: {
      requests: [
        { name: 'gpu', exactly: { deviceClassName: 'gpu.example.com', allocationMode: 'ExactCount', count: 1 } },
        { name: 'all', firstAvailable: [{ name: 'a', deviceClassName: 'c', allocationMode: 'All' }] },
      ],
    },
  })
  assert.deepEqual(createProblems(resourceClaims, claim(gpu)), [])
})

test('requests of a claim are one way each, by names that differ', () => {
  const at = 'spec.devices.requests'
  assert.deepEqual(createProblems(resourceClaims, claim({ name: 'a' }, gpu, gpu)), [
    `${at}[0]: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`,
    `${at}[2]: Duplicate value: "gpu"`,
  ])
  const exactly = (more: object) => createProblems(resourceClaims, claim({ name: 'a', exactly: { ...gpu.exactly, ...more } }))
  assert.deepEqual(exactly({ deviceClassName: undefined }), [`${at}[0].exactly.deviceClassName: Required value`])
  assert.deepEqual(exactly({ allocationMode: 'All', count: 2 }), [
    `${at}[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`,
  ])
  assert.deepEqual(exactly({ allocationMode: 'Some' }), [`${at}[0].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`])
  assert.deepEqual(exactly({ selectors: [{}] }), [`${at}[0].exactly.selectors[0].cel: Required value`])
  assert.deepEqual(exactly({ selectors: [{ cel: { expression: 'device.driver == "d" && device.attributes["d"].size > 3' } }] }), [])
  assert.deepEqual(exactly({ selectors: [{ cel: { expression: '1' } }] }), [
    `${at}[0].exactly.selectors[0].cel.expression: Invalid value: "1": must evaluate to bool or the unknown type, not int`,
  ])
  assert.match(exactly({ selectors: [{ cel: { expression: 'devise' } }] }).join(), /compilation failed: ERROR: <input>:1:1: undeclared reference to 'devise'/)
  assert.deepEqual(exactly({ tolerations: [{ operator: 'Exists', value: 'v', effect: 'Go' }] }), [
    `${at}[0].exactly.tolerations[0].value: Invalid value: "v": must be empty for operator \`Exists\``,
    `${at}[0].exactly.tolerations[0].effect: Unsupported value: "Go": supported values: "NoExecute", "NoSchedule"`,
  ])
  assert.deepEqual(createProblems(resourceClaims, claim(...Array.from({ length: 33 }, (_, index) => ({ ...gpu, name: `r${index}` })))), [
    `${at}: Too many: 33: must have at most 32 items`,
  ])
})

test('constraints and settings of a claim are about its requests', () => {
  const of = (more: object) => createProblems(resourceClaims, { spec: { devices: { requests: [gpu], ...more } } })
  const why = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"
  assert.deepEqual(of({ constraints: [{ requests: ['gpu'], matchAttribute: 'example.com/numa' }] }), [])
  assert.deepEqual(of({ constraints: [{ requests: ['cpu'] }, { matchAttribute: 'numa' }] }), [
    `spec.devices.constraints[0].requests[0]: Invalid value: "cpu": ${why}`,
    'spec.devices.constraints[0].matchAttribute: Required value',
    'spec.devices.constraints[1].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name separated by a slash',
  ])
  assert.deepEqual(of({ config: [{ requests: ['gpu/x'] }, { opaque: { driver: 'd', parameters: 'text' } }] }), [
    `spec.devices.config[0].requests[0]: Invalid value: "gpu/x": ${why}`,
    'spec.devices.config[0].opaque: Required value',
    'spec.devices.config[1].opaque.parameters: Invalid value: "<value omitted>": parameters must be a valid JSON object',
  ])
})

test('what was allocated to a claim stays so, and a claim is reserved when it is allocated', () => {
  const result = { request: 'gpu', driver: 'd', pool: 'p', device: 'gpu-0' }
  const allocated = (device = 'gpu-0') => ({ ...claim(gpu), status: { allocation: { devices: { results: [{ ...result, device }] } } } })
  const status = (to: Readonly<Record<string, unknown>>, from: Readonly<Record<string, unknown>> = claim(gpu)) =>
    updateProblems(resourceClaims, from, to, 'status')
  assert.deepEqual(status(allocated()), [])
  assert.match(status(allocated('gpu-1'), allocated()).join(), /^status\.allocation: Invalid value: .*: field is immutable$/)
  assert.deepEqual(status({ status: { reservedFor: [{ resource: 'pods', name: 'p', uid: '1' }] } }), [
    'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
  ])
  assert.deepEqual(status({ status: { allocation: { devices: { results: [{ ...result, request: 'cpu', driver: '' }] } } } }).length, 2)
  assert.deepEqual(status({ status: { devices: [{ driver: 'd', pool: 'p', device: 'gpu-0' }] } }), [
    'status.devices[0]: Invalid value: "d/p/gpu-0/": must be an allocated device in the claim',
  ])
  assert.match(updateProblems(resourceClaims, claim(gpu), claim({ ...gpu, name: 'other' })).join(), /^spec: Invalid value: .*: field is immutable$/)
  assert.deepEqual([row(resourceClaims, claim(gpu)).State, row(resourceClaims, allocated()).State], ['pending', 'allocated'])
})

test('a template makes claims of one form for ever', () => {
  assert.deepEqual(createProblems(resourceClaimTemplates, { spec: { metadata: { labels: { a: 'b' } }, ...claim({ name: 'x' }) } }), [
    'spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
  ])
  assert.match(updateProblems(resourceClaimTemplates, { spec: claim(gpu) }, { spec: claim() }).join(), /^spec: .*field is immutable$/)
})

test('a device class compiles what is new of it only', () => {
  const wrong = { spec: { selectors: [{ cel: { expression: 'no such' } }] } }
  assert.equal(createProblems(deviceClasses, wrong).length, 1)
  assert.deepEqual(updateProblems(deviceClasses, wrong, wrong), [])
  assert.deepEqual(createProblems(deviceClasses, { spec: { extendedResourceName: 'example.com/gpu' } }), [])
  assert.deepEqual(createProblems(deviceClasses, { spec: { extendedResourceName: 'cpu' } }), [
    'spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
  ])
})

test('a slice offers devices of one driver and pool, somewhere', () => {
  const slice = (more: object) => ({ spec: { driver: 'd.example.com', pool: { name: 'n', resourceSliceCount: 1 }, nodeName: 'n', ...more } })
  assert.deepEqual(
    createProblems(resourceSlices, slice({ devices: [{ name: 'gpu-0', attributes: { size: { int: 3 } }, capacity: { memory: { value: '1Gi' } } }] })),
    [],
  )
  assert.deepEqual(createProblems(resourceSlices, { spec: {} }), [
    'spec.driver: Required value',
    'spec.pool.name: Required value',
    'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
    'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
  ])
  assert.deepEqual(createProblems(resourceSlices, slice({ allNodes: true })), [
    'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
  ])
  const device = (more: object) => createProblems(resourceSlices, slice({ devices: [{ name: 'g', ...more }] }))
  assert.deepEqual(device({ attributes: { a: {}, b: { version: '1' }, c: { int: 1, bool: true } } }), [
    'spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified',
    'spec.devices[0].attributes[b].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
    'spec.devices[0].attributes[c]: Invalid value: {"int":1,"bool":true}: exactly one value must be specified',
  ])
  assert.deepEqual(device({ taints: [{ key: 'a' }], consumesCounters: [{}] }), [
    'spec.devices[0].taints[0].effect: Required value',
    'spec.devices[0].consumesCounters[0].counterSet: Required value',
    'spec.devices[0].consumesCounters[0].counters: Required value',
  ])
  assert.match(device({ nodeName: 'n' }).join(), /can only be set if `perDeviceNodeSelection` is set to true/)
  assert.deepEqual(updateProblems(resourceSlices, slice({}), slice({ driver: 'e.example.com' })), [
    'spec.driver: Invalid value: "e.example.com": field is immutable',
  ])
  assert.deepEqual(resourceSlices.fields(made(resourceSlices, slice({}))), { 'spec.nodeName': 'n', 'spec.driver': 'd.example.com' })
  assert.deepEqual(row(resourceSlices, slice({})), { Name: 'a', Node: 'n', Driver: 'd.example.com', Pool: 'n', Age: '20s' })
})
