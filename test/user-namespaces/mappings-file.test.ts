import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseMappings, readMappings, writeMappings } from '../../src/user-namespaces/mappings-file.ts'

/** As a kubelet 1.36 writes it. */
const kubelets = '{"uidMappings":[{"hostId":131072,"containerId":0,"length":65536}],"gidMappings":[{"hostId":131072,"containerId":0,"length":65536}]}'

test('the file is a kubelet’s, to the letter, in both directions', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'userns-'))
  t.after(() => rm(directory, { recursive: true }))
  assert.equal(await readMappings(directory), undefined)
  assert.equal(await readMappings(join(directory, 'no', 'such')), undefined)
  await writeMappings(directory, { hostId: 131_072, length: 65_536 })
  assert.equal(await readFile(join(directory, 'userns'), 'utf8'), kubelets)
  assert.deepEqual(await readMappings(directory), { hostId: 131_072, length: 65_536 })
  await writeFile(join(directory, 'userns'), '')
  assert.equal(await readMappings(directory), undefined, 'a file that is empty says nothing')
  await rm(join(directory, 'userns'))
  await mkdir(join(directory, 'userns'))
  await assert.rejects(readMappings(directory), /userns/)
})

const mapping = (hostId: number, containerId = 0, length = 65_536) => ({ hostId, containerId, length })
const refused: readonly (readonly [document: unknown, message: RegExp])[] = [
  ['{', /invalid user namespace mappings file: .*JSON/],
  [{}, /invalid user namespace mappings file: uidMappings: /],
  [{ uidMappings: [mapping(-1)], gidMappings: [] }, /invalid user namespace mappings file: uidMappings\.0\.hostId: /],
  [{ uidMappings: [], gidMappings: [] }, /no more than one mapping allowed/],
  [{ uidMappings: [mapping(1), mapping(2)], gidMappings: [mapping(1)] }, /no more than one mapping allowed/],
  [{ uidMappings: [mapping(1)], gidMappings: [] }, /GID and UID mappings should be identical/],
  [{ uidMappings: [mapping(1)], gidMappings: [mapping(2)] }, /GID and UID mapping should be identical/],
  [{ uidMappings: [mapping(1, 1000)], gidMappings: [mapping(1, 1000)] }, /UID 0 must be mapped/],
]
for (const [document, message] of refused)
  test(`refused as a kubelet refuses it: ${JSON.stringify(document)}`, () => {
    assert.throws(() => parseMappings(typeof document === 'string' ? document : JSON.stringify(document)), message)
  })

test('whatever JSON the file holds, it is ids from 0 up or it is refused in a kubelet’s words', () => {
  const number = fc.oneof(fc.constantFrom(0, 65_536, 131_072), fc.double(), fc.integer())
  const line = fc.oneof(fc.record({ hostId: number, containerId: number, length: number }), fc.constant(mapping(131_072)), fc.jsonValue())
  const lines = fc.oneof(fc.array(line, { maxLength: 2 }), fc.jsonValue())
  const document = fc.oneof(fc.record({ uidMappings: lines, gidMappings: lines }), fc.jsonValue())
  fc.assert(
    fc.property(document, (value) => {
      try {
        const { hostId, length } = parseMappings(JSON.stringify(value))
        assert.ok(Number.isInteger(hostId) && hostId >= 0 && Number.isInteger(length) && length >= 0)
      } catch (error) {
        assert.match((error as Error).message, /^invalid user namespace (configuration|mappings file): /)
      }
    }),
  )
})
