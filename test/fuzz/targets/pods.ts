import assert from 'node:assert/strict'
import { Agent } from 'undici'
import type { Logger } from '../../../src/base/log.ts'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { startCluster } from '../../../src/harness/harness.ts'
import { parseJson, writeJson } from '../../../src/json/exact.ts'
import { readYaml } from '../../../src/yaml/read-yaml.ts'
import { writeYaml } from '../../../src/yaml/write-yaml.ts'
import { bytes, damaged, integer, oneIn, pick, times } from '../draw.ts'
import { hostileText, randomPod, randomValue } from '../pods/random-pod.ts'
import type { FuzzTarget } from '../target.ts'

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } }]
  readonly users: readonly [{ readonly user: Readonly<Record<'client-certificate-data' | 'client-key-data', string>> }]
}

const patchTypes = [
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/json-patch+json',
  'application/apply-patch+yaml',
] as const

/** A body in JSON or YAML; now and then damaged, or large. */
function written(random: Random, object: unknown): { readonly body: Buffer; readonly type: string } {
  const padded = oneIn(random, 20) && typeof object === 'object' && object !== null ? { ...object, [`u${integer(random, 0, 9)}`]: 'x'.repeat(70_000) } : object
  const yaml = oneIn(random, 3)
  const whole = Buffer.from(yaml ? writeYaml(padded) : writeJson(padded))
  return { body: oneIn(random, 6) ? damaged(random, whole) : whole, type: yaml ? 'application/yaml' : 'application/json' }
}

function randomPatch(random: Random, type: (typeof patchTypes)[number], name: string, node: string): unknown {
  if (type === 'application/apply-patch+yaml') return { apiVersion: 'v1', kind: 'Pod', ...randomPod(random, name, node) }
  if (type !== 'application/json-patch+json') return randomPod(random, name, node)
  const path = () =>
    times(
      integer(random, 0, 4),
      () => `/${pick(random, ['metadata', 'labels', 'spec', 'containers', '0', '-', 'env', 'constructor', '__proto__', hostileText(random).slice(0, 20)])}`,
    ).join('')
  return times(integer(random, 0, 20), () => ({
    op: pick(random, ['add', 'remove', 'replace', 'move', 'copy', 'test', 'grow']),
    path: path(),
    from: path(),
    value: randomValue(random, { type: 'model', model: pick(random, ['core/v1.PodSpec', 'core/v1.Container', 'meta/v1.ObjectMeta']) }, { left: 20 }),
  }))
}

/** A kube-apiserver answers this with a 500 too. */
const asUpstream = 'resourceVersion should not be set on objects to be created'

/** Pods of random and hostile fields, through the API server of a cluster and its node, on the simulated engine. */
export const pods: FuzzTarget = {
  name: 'pods',
  roundCpuMs: 3000,
  async open() {
    const faults: string[] = []
    const log: Logger = {
      debug() {},
      info() {},
      warn() {},
      error: (message, fields) =>
        void faults.push(`${message} ${JSON.stringify(fields, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}`),
      child: () => log,
    }
    const cluster = await startCluster({ log })
    const { clusters, users } = readYaml(cluster.kubeconfig()) as Kubeconfig
    const pem = (text: string) => Buffer.from(text, 'base64')
    const [{ cluster: place }] = clusters
    const [{ user }] = users
    const connect = { ca: pem(place['certificate-authority-data']), cert: pem(user['client-certificate-data']), key: pem(user['client-key-data']) }
    const agent = new Agent({ connect })
    const node = cluster.node().name
    let round = 0

    const call = async (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: Buffer, type?: string) => {
      const answer = await agent.request({
        origin: place.server,
        path,
        method,
        body: body ?? null,
        headers: type === undefined ? {} : { 'content-type': type },
      })
      const text = await answer.body.text()
      assert.ok(
        answer.statusCode < 500 || text.includes(asUpstream),
        `${method} ${path} (${type}): ${answer.statusCode} ${text.slice(0, 1000)}; body: ${body?.toString().slice(0, 2000)}`,
      )
      return { status: answer.statusCode, object: parseJson(text) }
    }

    return {
      async round(random) {
        round += 1
        const name = `p${round}`
        const all = '/api/v1/namespaces/default/pods'
        const one = `${all}/${name}`
        const query = pick(random, ['', '?fieldValidation=Strict', '?dryRun=All', '?fieldValidation=Ignore'])
        const made = written(random, randomPod(random, name, node))
        if (oneIn(random, 8))
          await call('POST', all, Buffer.concat([Buffer.from('k8s\0'), bytes(random, integer(random, 0, 200))]), 'application/vnd.kubernetes.protobuf')
        const { status } = await call('POST', all + query, made.body, made.type)
        if (status === 201 && query !== '?dryRun=All') {
          for (let count = integer(random, 0, 3); count > 0; count -= 1) {
            const type = pick(random, patchTypes)
            const whole = Buffer.from(writeJson(randomPatch(random, type, name, node)))
            const below = pick(random, ['', '', '/status', '/ephemeralcontainers', '/resize'])
            await call('PATCH', `${one}${below}?fieldManager=fuzz&force=true`, oneIn(random, 8) ? damaged(random, whole) : whole, type)
          }
          const selector = encodeURIComponent(hostileText(random).slice(0, 500).toWellFormed())
          await call('GET', `${all}?${pick(random, ['labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion'])}=${selector}`)
          const options = written(
            random,
            oneIn(random, 3)
              ? randomValue(random, { type: 'model', model: 'meta/v1.DeleteOptions' }, { left: 10 })
              : { gracePeriodSeconds: pick(random, [0, 1, 9223372036854775807n]) },
          )
          await call('DELETE', one, options.body, options.type)
          await call('PATCH', one, Buffer.from('{"metadata":{"finalizers":null}}'), 'application/merge-patch+json')
          await call('DELETE', `${one}?gracePeriodSeconds=0`)
        }
        assert.deepEqual(faults.splice(0), [])
        assert.equal(({} as { a?: unknown }).a, undefined, 'the prototype of all objects is as it was')
      },
      async [Symbol.asyncDispose]() {
        await agent.close()
        await cluster[Symbol.asyncDispose]()
      },
    }
  },
}
