import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { serveHostPathVolumes } from '../../src/server/host-path-volumes.ts'
import { requestAttributes } from '../../src/server/request-attributes.ts'
import { ServingError } from '../../src/server/serving-error.ts'
import { hostPathVolumes } from '../../src/volumes/host-path-volumes.ts'

async function ask(method: string, ...parts: string[]): Promise<string> {
  let answer = ''
  const response = {
    writeHead: (code: number) => {
      answer = String(code)
      return response
    },
    end: (body: string) => {
      answer += ` ${body}`
    },
  }
  try {
    await serveHostPathVolumes(hostPathVolumes('/root', 'memory'), parts, { method }, response as unknown as ServerResponse)
    return answer
  } catch (error) {
    assert.ok(error instanceof ServingError, String(error))
    return `${error.status} ${error.message}`
  }
}

test('a volume’s directory is made and deleted by its name alone', async () => {
  assert.equal(await ask('PUT', 'pvc-1'), '200 {"path":"/root/host-path-volumes/pvc-1"}')
  assert.equal(await ask('DELETE', 'pvc-1'), '200 {}')
  assert.equal(await ask('GET', 'pvc-1'), '405 Method Not Allowed')
  for (const parts of [[], ['pvc-1', 'deep']]) assert.equal(await ask('PUT', ...parts), '404 404 page not found')
  for (const name of ['..', '.', 'a/b', 'A']) assert.match(await ask('DELETE', name), /^400 .* is no name of a volume/)
})

test('who makes one must have the right to what the node’s proxy does', () => {
  const asked = (method: string) => requestAttributes({ method, parts: ['hostPathVolumes', 'pvc-1'] })
  assert.deepEqual(
    [asked('PUT'), asked('DELETE')],
    [
      { verb: 'update', subresources: ['proxy'] },
      { verb: 'delete', subresources: ['proxy'] },
    ],
  )
})
