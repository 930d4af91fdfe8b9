import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { nodeAddresses } from '../../actors/node/messages.ts'
import { type UserNamespaceAnswer, UserNamespaces, type UserNamespacesMessage } from '../../actors/node/user-namespaces.ts'
import { podUid } from '../../src/kube/ids.ts'
import type { SubordinateIds } from '../../src/user-namespaces/id-ranges.ts'
import { nodeStage } from '../support/node-stage.ts'

const unit = 65_536

async function aNode(t: TestContext, changed: { readonly ids?: () => Promise<SubordinateIds>; readonly maxPods?: number } = {}) {
  const root = await mkdtemp(join(tmpdir(), 'userns-node-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const pods = join(root, 'pods')
  const begin = async () => {
    const { system } = await nodeStage(t, [])
    const options = { podsDirectory: pods, idsPerPod: unit, maxPods: 3, ids: async () => ({ first: unit, length: 3 * unit }), ...changed }
    system.spawnLocal(nodeAddresses.userNamespaces, (context) => new UserNamespaces(context, options))
    return async (uid: string): Promise<number | string> => {
      const message: UserNamespacesMessage = { type: 'GetUserNamespace', uid: podUid(uid), podDirectory: join(pods, uid) }
      const answer = await system.ask<UserNamespaceAnswer>(nodeAddresses.userNamespaces, message, { timeoutMs: 20_000 })
      return answer.ok ? answer.ids.hostId : answer.message
    }
  }
  const directory = (uid: string) => mkdir(join(pods, uid), { recursive: true })
  const kept = async (uid: string) => JSON.parse(await readFile(join(pods, uid, 'userns'), 'utf8')).uidMappings[0].hostId as number
  const keep = async (uid: string, hostId: number) => {
    await directory(uid)
    const mappings = [{ hostId, containerId: 0, length: unit }]
    await writeFile(join(pods, uid, 'userns'), JSON.stringify({ uidMappings: mappings, gidMappings: mappings }))
  }
  return { begin, pods, directory, kept, keep }
}

test('each pod has ids of its own, the same each time, kept in its directory', async (t) => {
  const node = await aNode(t)
  for (const uid of ['a', 'b', 'c']) await node.directory(uid)
  const ask = await node.begin()
  assert.deepEqual(await Promise.all(['a', 'b', 'c', 'a'].map(ask)), [unit, 2 * unit, 3 * unit, unit])
  assert.equal(await node.kept('b'), 2 * unit)
  await node.directory('d')
  assert.equal(await ask('d'), 'create user namespace: could not find an empty slot to allocate a user namespace')
})

test('another agent, or a kubelet, goes on with what is kept and gives it to nobody else', async (t) => {
  const node = await aNode(t)
  await node.keep('old', 2 * unit)
  await node.directory('new')
  await node.directory('more')
  const ask = await node.begin()
  assert.deepEqual([await ask('new'), await ask('more'), await ask('old')], [unit, 3 * unit, 2 * unit])
})

test('ids are free again once their pod’s directory is gone, and what has just become free is taken last', async (t) => {
  const node = await aNode(t)
  for (const uid of ['a', 'b', 'c', 'd']) await node.directory(uid)
  const ask = await node.begin()
  assert.equal(await ask('a'), unit)
  await rm(join(node.pods, 'a'), { recursive: true })
  assert.deepEqual([await ask('b'), await ask('c'), await ask('d')], [2 * unit, 3 * unit, unit])
})

test('a file that a kubelet would not take keeps its own pod alone', async (t) => {
  const node = await aNode(t)
  await node.keep('twice', unit)
  await node.keep('far', 9 * unit)
  await node.directory('odd')
  await writeFile(join(node.pods, 'odd', 'userns'), '{')
  await node.directory('good')
  const ask = await node.begin()
  assert.equal(await ask('good'), 2 * unit)
  assert.match(String(await ask('odd')), /^user namespace: invalid user namespace mappings file: /)
  assert.equal(await ask('far'), `user namespace: id ${9 * unit} is out of range`)
  await node.keep('later', unit)
  assert.equal(await ask('later'), 'user namespace: range picked for pod "later" already taken')
  await node.keep('good', 3 * unit)
  assert.equal(await ask('good'), 'user namespace: different user namespace range already used by pod "good"')
})

test('ids that the node has not enough of are told of each time, and had once there are', async (t) => {
  let length = 2 * unit
  const node = await aNode(t, { ids: async () => ({ first: unit, length }) })
  await node.directory('a')
  const ask = await node.begin()
  assert.equal(await ask('a'), 'create user namespace: kubelet mappings: kubelet user assigned IDs are not enough to support 3 pods')
  length = 3 * unit
  assert.equal(await ask('a'), unit)
})

test('what cannot be written is given to nobody', async (t) => {
  const node = await aNode(t)
  await mkdir(node.pods)
  await writeFile(join(node.pods, 'file'), '')
  await node.directory('a')
  const ask = await node.begin()
  assert.match(String(await ask('file')), /^create user namespace: .*userns cannot be written/)
  assert.equal(await ask('a'), unit)
})
