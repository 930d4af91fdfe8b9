import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '../../../../src/base/log.ts'
import { resourceQuota } from '../../../../src/controlplane/apiserver/admission/quota/plugin.ts'
import type { ResourceQuota } from '../../../../src/controlplane/apiserver/admission/quota/quota-kind.ts'
import { forbiddenBy } from '../../../../src/controlplane/apiserver/rest/status-errors.ts'
import { ResourceQuotaController } from '../../../../src/controlplane/controllers/quota/resource-quotas.ts'
import { KubeError } from '../../../../src/kube/client.ts'
import type { KubeObject } from '../../../../src/kube/objects.ts'
import { aPod, configMaps, makeBackend, pod, pods } from '../../harness.ts'

const quotas = { resource: 'resourcequotas', namespace: 'default' }
const quota = (name: string, hard: Record<string, string>, spec: object = {}) => ({ metadata: { name }, spec: { hard, ...spec } }) as KubeObject

/** A server with quota, whose controller runs; `used` waits for what a quota's status says. */
async function stage(options: Parameters<typeof makeBackend>[0] = {}) {
  const made = await makeBackend({ validations: [resourceQuota], ...options })
  const stopping = new AbortController()
  const running = new ResourceQuotaController({ backend: made.backend, clock: made.clock, log: silentLogger, signal: stopping.signal }).run()
  const until = async (name: string, expected: Record<string, string>) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let last: unknown
    const stop = made.backend.observe(quotas.resource, ({ object, gone }) => {
      last = (object as ResourceQuota).status?.used
      if (!gone && object.metadata?.name === name && Object.entries(expected).every(([key, value]) => (object as ResourceQuota).status?.used?.[key] === value))
        resolve()
    })
    const timer = setTimeout(() => reject(new Error(`${name} has ${JSON.stringify(last)}, not ${JSON.stringify(expected)}`)), 10_000)
    await promise.finally(() => clearTimeout(timer))
    stop()
  }
  const used = async (name: string) => ((await made.backend.get({ ...quotas, name })) as ResourceQuota).status?.used
  return {
    ...made,
    until,
    used,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

test('a quota says what is used, which is so at once when something is made, and soon when it has gone', async () => {
  await using at = await stage()
  const { backend } = at
  await backend.create(pods, aPod('before'))
  await backend.create(quotas, quota('q', { pods: '2', 'count/configmaps': '1', 'requests.cpu': '1' }))
  await at.until('q', { pods: '1', 'count/configmaps': '0', 'requests.cpu': '0' })
  const asking = { ...aPod('asking'), spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '600m' } } }] } } as KubeObject
  await assert.rejects(backend.create(pods, aPod('silent')), { message: 'pods "silent" is forbidden: failed quota: q: must specify requests.cpu for: c' })
  await backend.create(pods, asking)
  assert.deepEqual(await at.used('q'), { pods: '2', 'count/configmaps': '0', 'requests.cpu': '600m' })
  const more = { ...asking, metadata: { name: 'more' } }
  await assert.rejects(backend.create(pods, more), (error) => {
    assert.ok(error instanceof KubeError)
    const words = 'exceeded quota: q, requested: pods=1,requests.cpu=600m, used: pods=2,requests.cpu=600m, limited: pods=2,requests.cpu=1'
    assert.deepEqual([error.code, error.reason, error.message], [403, 'Forbidden', `pods "more" is forbidden: ${words}`])
    return true
  })
  await backend.create(pods, more, { dryRun: true }).then(
    () => assert.fail('a dry run is refused too'),
    () => {},
  )
  await backend.patch(pod('before'), 'application/merge-patch+json', { status: { phase: 'Succeeded' } }, { subresource: 'status' })
  await at.until('q', { pods: '1' })
  await backend.delete(pod('asking'), { gracePeriodSeconds: 0 })
  await at.until('q', { pods: '0', 'requests.cpu': '0' })
  await backend.create(configMaps, { metadata: { name: 'one' } })
  await assert.rejects(
    backend.create(configMaps, { metadata: { name: 'two' } }),
    /exceeded quota: q, requested: count\/configmaps=1, used: count\/configmaps=1, limited: count\/configmaps=1/,
  )
})

test('what came to nothing is given back, and a bound that is changed is known', async () => {
  await using at = await stage({
    validations: [
      resourceQuota,
      ({ object, definition }) => {
        if (object.metadata?.name === 'refused') throw forbiddenBy(definition, 'refused', 'it is')
      },
    ],
  })
  const { backend } = at
  await backend.create(quotas, quota('q', { pods: '2' }))
  await at.until('q', { pods: '0' })
  await assert.rejects(backend.create(pods, aPod('refused')), /it is/)
  await at.until('q', { pods: '0' })
  await backend.create(pods, aPod('a'))
  await assert.rejects(backend.create(pods, aPod('a')), /already exists/)
  await at.until('q', { pods: '1' })
  await backend.patch({ ...quotas, name: 'q' }, 'application/merge-patch+json', { spec: { hard: { pods: '1', secrets: '5' } } })
  await at.until('q', { pods: '1', secrets: '0' })
  await assert.rejects(backend.create(pods, aPod('b')), /exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1/)
})

test('a kind that comes later is counted from the first attempt to make one', async () => {
  await using at = await stage()
  const { backend, definitions } = at
  await backend.create(quotas, quota('q', { pods: '1', 'count/widgets.example.com': '1' }))
  await at.until('q', { pods: '0' })
  assert.deepEqual(await at.used('q'), { pods: '0' })
  definitions.replace('widgets', [
    {
      group: 'example.com',
      version: 'v1',
      resource: 'widgets',
      singular: 'widget',
      kind: 'Widget',
      namespaced: true,
      verbs: ['create', 'get', 'list', 'watch'],
      storagePrefix: 'example.com/widgets',
    },
  ])
  const widgets = { resource: 'widgets.example.com', namespace: 'default' }
  const widget = (name: string) => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name } })
  await backend
    .create(widgets, widget('a'))
    .catch((error: Error) => assert.match(error.message, /status unknown for quota: q, resources: count\/widgets.example.com/))
  await at.until('q', { 'count/widgets.example.com': '0' })
  await backend.create(widgets, widget('a'))
  await assert.rejects(backend.create(widgets, widget('b')), /exceeded quota: q, requested: count\/widgets.example.com=1, used: count\/widgets.example.com=1/)
})

test('a quota is refused for what it cannot count', async () => {
  const { backend } = await makeBackend()
  const refused = (hard: Record<string, string>, spec: object, words: RegExp) => assert.rejects(backend.create(quotas, quota('q', hard, spec)), words)
  await refused({ unheard: '1' }, {}, /spec.hard\[unheard\]: Invalid value: "unheard": must be a standard resource for quota/)
  await refused({ pods: '-1' }, {}, /spec.hard\[pods\]: Invalid value: "-1": must be greater than or equal to 0/)
  await refused({ pods: '1500m' }, {}, /spec.hard\[pods\]: Invalid value: "1500m": must be an integer/)
  await refused({ pods: '1' }, { scopes: ['BestEffort', 'NotBestEffort'] }, /spec.scopes: Invalid value: .*: conflicting scopes/)
  await refused({ services: '1' }, { scopes: ['Terminating'] }, /spec.scopes: Invalid value: .*: unsupported scope applied to resource/)
})

const aStep = fc.oneof(
  fc.record({ make: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), cpu: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ drop: fc.constantFrom('a', 'b', 'c', 'd') }),
  fc.record({ end: fc.constantFrom('a', 'b', 'c', 'd') }),
)

test('however many make, end and delete pods at the same time, no more is used than a quota has, and in the end it says what is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aStep, { minLength: 4, maxLength: 24 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 12 }),
      async (steps, most, cpu) => {
        await using at = await stage()
        const { backend } = at
        await backend.create(quotas, quota('pods', { pods: String(most) }))
        await backend.create(quotas, quota('cpu', { 'requests.cpu': String(cpu) }))
        await at.until('pods', { pods: '0' })
        await at.until('cpu', { 'requests.cpu': '0' })
        const live = async () => {
          const { items } = await backend.list(pods)
          const counted = items.filter((each) => (each as { status?: { phase?: string } }).status?.phase !== 'Succeeded')
          const cores = counted.reduce(
            (sum, each) =>
              sum +
              Number(
                (each as { spec?: { containers?: { resources?: { requests?: { cpu?: string } } }[] } }).spec?.containers?.[0]?.resources?.requests?.cpu ?? 0,
              ),
            0,
          )
          return { count: counted.length, cores }
        }
        const stop = backend.observe('pods', () => {
          void live().then(({ count, cores }) => assert.ok(count <= most && cores <= cpu, `${count} of ${most} pods, ${cores} of ${cpu} cores`))
        })
        await Promise.all(
          steps.map(async (step) => {
            try {
              if ('make' in step) {
                const spec = { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: String(step.cpu) } } }] }
                await backend.create(pods, { metadata: { name: step.make }, spec } as KubeObject)
              } else if ('drop' in step) await backend.delete(pod(step.drop), { gracePeriodSeconds: 0 })
              else await backend.patch(pod(step.end), 'application/merge-patch+json', { status: { phase: 'Succeeded' } }, { subresource: 'status' })
            } catch (error) {
              assert.ok(error instanceof KubeError && [403, 404, 409].includes(error.code), String(error))
            }
          }),
        )
        const { count, cores } = await live()
        assert.ok(count <= most && cores <= cpu)
        await at.until('pods', { pods: String(count) })
        await at.until('cpu', { 'requests.cpu': String(cores) })
        stop()
      },
    ),
    { numRuns: 15 },
  )
})
