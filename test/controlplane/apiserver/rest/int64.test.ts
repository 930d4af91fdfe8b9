import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../../../src/base/clock.ts'
import { silentLogger } from '../../../../src/base/log.ts'
import { storedDefinitions } from '../../../../src/controlplane/apiserver/kinds/definitions.ts'
import { systemUser } from '../../../../src/controlplane/apiserver/rest/local-backend.ts'
import { type ControlPlane, createControlPlane } from '../../../../src/controlplane/apiserver/server.ts'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { ObjectJournal } from '../../../../src/controlplane/apiserver/storage/object-journal.ts'

const forever = '9223372036854775807'
const spec = (seconds: string) => `"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}],"terminationGracePeriodSeconds":${seconds}}`

describe(`${forever} seconds`, () => {
  let server: ControlPlane
  let directory: string
  const start = async () => {
    server = await createControlPlane({
      storage: new MemoryStorage(new ObjectJournal(join(directory, 'journal'))),
      definitions: storedDefinitions({}),
      authenticate: async () => systemUser,
      authorize: async () => ({ allowed: true }),
      listen: { host: '127.0.0.1', port: 0 },
      clock: systemClock,
      log: silentLogger,
    })
  }
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'int64-'))
    await start()
    await server.backend.create({ resource: 'namespaces' }, { metadata: { name: 'default' } })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  const call = async (path: string, method = 'GET', body?: string, type = 'application/json') => {
    const response = await fetch(`${server.url}/api/v1/namespaces/default/pods${path}`, { method, ...(body && { body, headers: { 'content-type': type } }) })
    return { status: response.status, text: await response.text() }
  }
  const graceOf = (text: string, field = 'terminationGracePeriodSeconds') => new RegExp(`"${field}":(-?[0-9]+)[,}]`).exec(text)?.[1]

  for (const [name, body, type] of [
    ['json', `{"metadata":{"name":"json"},${spec(forever)}}`, 'application/json'],
    ['yaml', `metadata: {name: yaml}\nspec: {nodeName: n1, containers: [{name: c, image: i}], terminationGracePeriodSeconds: ${forever}}`, 'application/yaml'],
    ['large', `{"metadata":{"name":"large","annotations":{"a":"${'x'.repeat(100_000)}"}},${spec(forever)}}`, 'application/json'],
  ] as const) {
    it(`are kept exactly in ${name}, in the answer, a list, a watch and YAML`, async () => {
      const created = await call('', 'POST', body, type)
      assert.equal(created.status, 201, created.text)
      assert.equal(graceOf(created.text), forever)
      assert.equal(graceOf((await call(`/${name}`)).text), forever)
      assert.equal(graceOf((await call(`?fieldSelector=metadata.name=${name}`)).text), forever)
      assert.equal(graceOf((await call(`?watch=1&timeoutSeconds=1&fieldSelector=metadata.name=${name}`)).text), forever)
      const yaml = await fetch(`${server.url}/api/v1/namespaces/default/pods/${name}`, { headers: { accept: 'application/yaml' } })
      assert.match(await yaml.text(), new RegExp(`terminationGracePeriodSeconds: ${forever}\n`))
    })
  }

  it('are kept by every patch, by an update and by apply', async () => {
    const patches = [
      ['application/merge-patch+json', '{"metadata":{"labels":{"a":"1"}}}'],
      ['application/strategic-merge-patch+json', '{"metadata":{"labels":{"a":"2"}}}'],
      ['application/json-patch+json', '[{"op":"add","path":"/metadata/labels/b","value":"1"}]'],
      ['application/json-patch+json', `[{"op":"test","path":"/spec/terminationGracePeriodSeconds","value":${forever}}]`],
    ] as const
    for (const [type, patch] of patches) {
      const { status, text } = await call('/json', 'PATCH', patch, type)
      assert.deepEqual([status, graceOf(text)], [200, forever], type)
    }
    const tolerations = `{"spec":{"tolerations":[{"key":"k","operator":"Exists","effect":"NoExecute","tolerationSeconds":${forever}}]}}`
    const tolerated = await call('/json', 'PATCH', tolerations, 'application/merge-patch+json')
    assert.equal(graceOf(tolerated.text, 'tolerationSeconds'), forever)
    const updated = await call('/json', 'PUT', tolerated.text)
    assert.deepEqual([updated.status, graceOf(updated.text)], [200, forever])
    const applied = await call(
      '/applied?fieldManager=m',
      'PATCH',
      `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"applied"},${spec(forever)}}`,
      'application/apply-patch+yaml',
    )
    assert.deepEqual([applied.status, graceOf(applied.text)], [201, forever])
  })

  it('are kept by the journal', async () => {
    await server[Symbol.asyncDispose]()
    await start()
    assert.equal(graceOf((await call('/json')).text), forever)
  })

  it('may be the grace of a deletion, and a shorter one after it counts', async () => {
    const deleted = await call('/yaml', 'DELETE')
    assert.equal(deleted.status, 200, deleted.text)
    assert.equal(graceOf(deleted.text, 'deletionGracePeriodSeconds'), forever)
    const asked = await call(`/large?gracePeriodSeconds=${forever}`, 'DELETE')
    assert.equal(graceOf(asked.text, 'deletionGracePeriodSeconds'), forever)
    const body = await call('/applied', 'DELETE', `{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":${forever}}`)
    assert.equal(graceOf(body.text, 'deletionGracePeriodSeconds'), forever)
    for (const name of ['yaml', 'large', 'applied']) {
      const before = Date.now()
      const shorter = await call(`/${name}?gracePeriodSeconds=60`, 'DELETE')
      assert.equal(graceOf(shorter.text, 'deletionGracePeriodSeconds'), '60')
      const end = Date.parse(/"deletionTimestamp":"([^"]+)"/.exec(shorter.text)?.[1] ?? '')
      assert.ok(end >= before + 59_000 && end <= Date.now() + 60_000)
      assert.equal(graceOf((await call(`/${name}?gracePeriodSeconds=90`, 'DELETE')).text, 'deletionGracePeriodSeconds'), '60')
      assert.equal((await call(`/${name}?gracePeriodSeconds=0`, 'DELETE')).status, 200)
      assert.equal((await call(`/${name}`)).status, 404)
    }
  })

  it('are refused where no such number fits', async () => {
    for (const field of ['"activeDeadlineSeconds"', '"securityContext":{"runAsUser"', '"securityContext":{"fsGroup"']) {
      const { status, text } = await call(
        '',
        'POST',
        `{"metadata":{"name":"odd"},"spec":{"containers":[{"name":"c","image":"i"}],${field}:${forever}${field.includes('{') ? '}' : ''}}}`,
      )
      assert.equal(status, 422, text)
      assert.match(text, /must be between [01] and 2147483647, inclusive/)
    }
    assert.equal((await call(`/json?gracePeriodSeconds=9223372036854775808`, 'DELETE')).status, 400)
    assert.equal((await call('/json', 'DELETE', '{"gracePeriodSeconds":1.5}')).status, 400)
    assert.equal((await call('/json', 'DELETE', '{"gracePeriodSeconds":"x"}')).status, 400)
  })
})
