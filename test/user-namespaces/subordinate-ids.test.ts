import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SpawnError } from '../../src/base/spawn.ts'
import { defaultIds } from '../../src/user-namespaces/id-ranges.ts'
import { subordinateIds } from '../../src/user-namespaces/subordinate-ids.ts'

const said = (stdout: string, exitCode = 0, stderr = '') => ({ exitCode, stdout, stderr })
const missing = (program: string) => {
  throw new SpawnError(program, `cannot run ${program}`, { cause: Object.assign(new Error('ENOENT'), { code: 'ENOENT' }) })
}
const user = said('kubelet:x:999:999::/:/usr/sbin/nologin\n')

test('the ids are those of the user kubelet', async () => {
  const asked: string[] = []
  const ids = await subordinateIds(65_536, async (program, args) => {
    asked.push([program, ...args].join(' '))
    return program === 'getent' ? user : said('0: kubelet 131072 7208960\n')
  })
  assert.deepEqual(ids, { first: 131_072, length: 7_208_960 })
  assert.deepEqual(asked, ['getent passwd kubelet', 'getsubids kubelet', 'getsubids -g kubelet'])
})

test('without such a user, or a program that tells, they are all but the node’s own', async () => {
  const all = defaultIds(65_536)
  assert.deepEqual(await subordinateIds(65_536, async () => said('', 2)), all)
  assert.deepEqual(await subordinateIds(65_536, async (program) => missing(program)), all)
  assert.deepEqual(await subordinateIds(65_536, async (program) => (program === 'getent' ? user : missing(program))), all)
})

test('a program that fails, and user and group ids that differ, are told of', async () => {
  await assert.rejects(
    subordinateIds(65_536, async (program) => (program === 'getent' ? user : said('', 1, 'no such range\n'))),
    /error retrieving additional ids for user "kubelet": exit status 1: no such range/,
  )
  await assert.rejects(
    subordinateIds(65_536, async (program, args) => (program === 'getent' ? user : said(`0: kubelet ${args.length * 65_536} 65536\n`))),
    /mismatched subuids and subgids for user "kubelet"/,
  )
})
