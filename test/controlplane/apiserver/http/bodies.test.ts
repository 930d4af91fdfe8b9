import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { storedDefinitions } from '../../../../src/controlplane/apiserver/kinds/definitions.ts'
import { systemUser } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { type ControlPlane, createControlPlane } from '../../../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { parseJson } from '../../../../src/json/exact.ts'
import { longestTurn } from '../../../support/longest-turn.ts'

type Json = Record<string, unknown>

/** As many items as make up about so many characters. */
function fill(length: number, item: (index: number) => string): string {
  const items: string[] = []
  for (let size = 0; size < length; size += (items.at(-1) ?? '').length + 1) items.push(item(items.length))
  return items.join()
}

const most = 2_900_000
const stored = 1_400_000
const yaml = 'application/yaml'
const json = 'application/json'
const protobuf = 'application/vnd.kubernetes.protobuf'
const container = '{"name":"c","image":"i"}'
const pod = (spec: string) => `{"metadata":{"name":"p"},"spec":{"containers":[${container}],${spec}}}`
const configMap = (rest: string) => `{"metadata":{"name":"big"},${rest}}`
const patches = { merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json', json: 'application/json-patch+json' }
const apply = 'application/apply-patch+yaml'

const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)])
const chunk = (number: number, bytes: Buffer) => Buffer.concat([Buffer.from(varint((number << 3) | 2)), Buffer.from(varint(bytes.length)), bytes])
const text = (number: number, value: string) => chunk(number, Buffer.from(value))
const message = (kind: string, ...fields: Buffer[]) =>
  Buffer.concat([Buffer.from('k8s\0'), chunk(1, Buffer.concat([text(1, 'v1'), text(2, kind)])), chunk(2, Buffer.concat([chunk(1, text(1, 'pb')), ...fields]))])

describe('a body of whatever kind', () => {
  let server: ControlPlane
  before(async () => {
    server = await createControlPlane({
      storage: new MemoryStorage(),
      definitions: storedDefinitions({}),
      authenticate: async () => systemUser,
      authorize: async () => ({ allowed: true }),
      listen: { host: '127.0.0.1', port: 0 },
      clock: systemClock,
      log: silentLogger,
    })
    await server.backend.create({ resource: 'namespaces' }, { metadata: { name: 'default' } })
    await server.backend.create({ resource: 'configmaps', namespace: 'default' }, { metadata: { name: 'base' }, data: { a: '1' } } as never)
    // The worker's first start is not what is measured.
    await send('configmaps?dryRun=All', configMap(`"data":{"a":"${'x'.repeat(100_000)}"}`))
  })
  after(() => server[Symbol.asyncDispose]())

  const send = async (path: string, body: string | Buffer, type = json, method = 'POST') => {
    const response = await fetch(`${server.url}/api/v1/namespaces/default/${path}`, { method, body: body as string, headers: { 'content-type': type } })
    const answer = await response.text()
    return { status: response.status, answer, body: parseJson(answer) as Json, warning: response.headers.get('warning') ?? '' }
  }

  // What each did before is in the issue: up to minutes of silence for all.
  const hostile: readonly [what: string, code: number, path: string, body: () => string | Buffer, type?: string, method?: string][] = [
    ['unknown fields', 201, 'configmaps?dryRun=All', () => configMap(fill(most, (index) => `"u${index}":1`))],
    ['unknown fields, strictly', 400, 'configmaps?fieldValidation=Strict', () => configMap(fill(most, (index) => `"u${index}":1`))],
    ['the same field over and over', 201, 'configmaps?dryRun=All', () => configMap(fill(most, () => '"data":{}'))],
    ['keys without values', 413, 'configmaps', () => configMap(`"data":{${fill(most, (index) => `"k${index}":""`)}}`)],
    ['as many keys as are nearly stored', 413, 'configmaps', () => configMap(`"data":{${fill(stored, (index) => `"k${index}":""`)}}`)],
    ['many keys that are stored', 201, 'configmaps?dryRun=All', () => configMap(`"data":{${fill(500_000, (index) => `"k${index}":""`)}}`)],
    ['annotations', 413, 'configmaps', () => `{"metadata":{"name":"a","annotations":{${fill(most, (index) => `"k${index}":""`)}}}}`],
    ['owners', 413, 'configmaps', () => `{"metadata":{"name":"a","ownerReferences":[${fill(most, () => '{}')}]}}`],
    ['managers', 413, 'configmaps', () => `{"metadata":{"name":"a","managedFields":[${fill(most, () => '{}')}]}}`],
    ['lists in lists', 400, 'configmaps', () => '['.repeat(most)],
    ['lists in lists that end', 400, 'configmaps', () => `{"u":${'['.repeat(most / 2)}${']'.repeat(most / 2)}}`],
    [
      'depth where all is kept',
      400,
      'configmaps',
      () => `{"metadata":{"name":"d","managedFields":[{"fieldsV1":${'{"f:a":'.repeat(5000)}1${'}'.repeat(5000)}}]}}`,
    ],
    ['containers that are nothing', 413, 'pods', () => pod(`"initContainers":[${fill(most, () => '{}')}]`)],
    ['two thousand faulty containers', 422, 'pods', () => pod(`"initContainers":[${fill(60_000, () => '{"name":"-","image":" "}')}]`)],
    ['nulls', 413, 'pods', () => pod(`"initContainers":[${fill(most, () => 'null')}]`)],
    ['tolerations', 201, 'pods?dryRun=All', () => pod(`"tolerations":[${fill(stored, (index) => `{"key":"k${index}","operator":"Exists"}`)}]`)],
    [
      'a quantity of a million digits',
      201,
      'pods?dryRun=All',
      () => `{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"${'9'.repeat(1_000_000)}"}}}]}}`,
    ],
    ['a number of a million digits', 400, 'pods', () => pod(`"terminationGracePeriodSeconds":${'9'.repeat(1_000_000)}`)],
    ['numbers of 64 bits', 201, 'configmaps?dryRun=All', () => configMap(`"x":[${fill(most, () => '9223372036854775807')}]`)],
    [
      'YAML of many keys',
      400,
      'configmaps?fieldValidation=Strict',
      () => `metadata: {name: flow}\n${fill(most, (index) => `k${index}: ""\n`).replaceAll(',', '')}`,
      yaml,
    ],
    ['YAML in flow style', 201, 'configmaps?dryRun=All', () => `{metadata: {name: flow}, a: [${'x,'.repeat(most / 2 - 50)}]}`, yaml],
    ['YAML of one key over and over', 422, 'configmaps', () => 'a: 1\n'.repeat(most / 5), yaml],
    [
      'YAML that multiplies',
      400,
      'configmaps',
      () => `a0: &a0 [x,x,x]\n${Array.from({ length: 40 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index},*a${index},*a${index}]`).join('\n')}`,
      yaml,
    ],
    ['YAML of nothing but beginnings', 400, 'configmaps', () => '- '.repeat(most / 2), yaml],
    [
      'protobuf with a large map',
      413,
      'configmaps',
      () => message('ConfigMap', Buffer.concat(Array.from({ length: 150_000 }, (_, index) => chunk(2, Buffer.concat([text(1, `k${index}`), text(2, 'v')]))))),
      protobuf,
    ],
    [
      'protobuf with a long list',
      413,
      'serviceaccounts',
      () => message('ServiceAccount', Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => (index % 2 === 0 ? 0x12 : 0)))),
      protobuf,
    ],
    ['protobuf that is cut off', 400, 'configmaps', () => Buffer.concat([message('ConfigMap'), Buffer.alloc(most, 0xff)]), protobuf],
    ['a merge patch of unknown fields', 200, 'configmaps/base?dryRun=All', () => `{${fill(most, (index) => `"u${index}":1`)}}`, patches.merge, 'PATCH'],
    ['a strategic patch of many keys', 413, 'configmaps/base', () => `{"data":{${fill(stored, (index) => `"k${index}":""`)}}}`, patches.strategic, 'PATCH'],
    [
      'a strategic patch that takes many away',
      200,
      'configmaps/base?dryRun=All',
      () => `{"data":{${fill(stored, (index) => `"k${index}":null`)}}}`,
      patches.strategic,
      'PATCH',
    ],
    [
      'a JSON patch of ten thousand changes',
      200,
      'configmaps/base?dryRun=All',
      () => `[${Array.from({ length: 10_000 }, (_, index) => `{"op":"add","path":"/data/k${index}","value":"x"}`).join()}]`,
      patches.json,
      'PATCH',
    ],
    ['a JSON patch of more', 413, 'configmaps/base', () => `[${fill(most, () => '{"op":"test"}')}]`, patches.json, 'PATCH'],
    [
      'a JSON patch that doubles',
      422,
      'configmaps/base',
      () =>
        JSON.stringify([{ op: 'add', path: '/l', value: ['x'.repeat(100)] }, ...Array.from({ length: 100 }, () => ({ op: 'copy', from: '/l', path: '/l/-' }))]),
      patches.json,
      'PATCH',
    ],
    [
      'an apply of many keys',
      413,
      'configmaps/base?fieldManager=m&force=true',
      () => `{"apiVersion":"v1","kind":"ConfigMap","data":{${fill(stored, (index) => `"k${index}":""`)}}}`,
      apply,
      'PATCH',
    ],
  ]
  for (const [what, code, path, body, type, method] of hostile) {
    it(`of ${what} is answered ${code}, in little, and holds up nobody`, async () => {
      const given = body()
      const { result, ms } = await longestTurn(() => send(path, given, type, method))
      assert.equal(result.status, code, result.answer.slice(0, 500))
      assert.ok(ms < 200, `${ms} ms in one turn`)
      assert.ok(result.warning.length < 6000)
      if (code >= 400) assert.ok(result.answer.length < 700_000, `${result.answer.length} characters of answer`)
    })
  }

  it('above 3 MiB is refused in the server’s words', async () => {
    const { status, body } = await send('configmaps', 'x'.repeat(3 * 1024 * 1024 + 1))
    assert.deepEqual([status, body.message], [413, 'Request entity too large: limit is 3145728'])
  })

  for (const [what, path, given] of [
    ['a config map', 'configmaps', { metadata: { name: 'much' }, data: { a: 'x'.repeat(1024 * 1024), b: 'x' } }],
    ['a secret', 'secrets', { metadata: { name: 'much' }, data: { a: Buffer.alloc(1024 * 1024 + 1).toString('base64') } }],
    ['annotations', 'configmaps', { metadata: { name: 'much', annotations: { a: 'x'.repeat(256 * 1024) } } }],
  ] as const) {
    it(`of ${what} over its size is refused, as upstream has it`, async () => {
      const { status, body } = await send(path, JSON.stringify(given))
      assert.equal(status, 422)
      const says = {
        'a config map': 'ConfigMap "much" is invalid: []: Too long: may not be more than 1048576 bytes',
        'a secret': 'Secret "much" is invalid: data: Too long: may not be more than 1048576 bytes',
        annotations: 'ConfigMap "much" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
      }
      assert.equal(body.message, says[what])
    })
  }

  it('of exactly the size is taken', async () => {
    const { status } = await send('secrets', JSON.stringify({ metadata: { name: 'full' }, data: { a: Buffer.alloc(1024 * 1024).toString('base64') } }))
    assert.equal(status, 201)
  })
})
