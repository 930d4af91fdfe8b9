import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { GarbageCollection } from '../../../actors/node/garbage/garbage-collection.ts'
import { podsWithDirectories, removeDeadLinks } from '../../../actors/node/garbage/leftovers.ts'
import { type DirectorMessage, nodeAddresses } from '../../../actors/node/messages.ts'
import { shell } from '../../support/hard-trees.ts'
import { nodeStage } from '../../support/node-stage.ts'
import { waitUntil } from '../../support/wait-until.ts'

async function aNode(t: { after(done: () => unknown): void }) {
  const root = await mkdtemp(join(tmpdir(), 'podsteward-leftovers-'))
  t.after(() => rm(root, { recursive: true }))
  const directories = { pods: join(root, 'pods'), logs: join(root, 'logs'), links: join(root, 'links') }
  for (const directory of Object.values(directories)) await mkdir(directory)
  return directories
}

test('pods are known by their directories and by their logs, and what is named otherwise is nobody’s', async (t) => {
  const { pods, logs } = await aNode(t)
  for (const path of [join(pods, 'u1'), join(pods, '.hidden'), join(logs, 'ns_web_u1'), join(logs, 'ns_db_u2'), join(logs, 'other'), join(logs, 'a_b_c_d')])
    await mkdir(path)
  await writeFile(join(pods, 'a-file'), '')
  assert.deepEqual(await podsWithDirectories(pods, logs), [
    { uid: 'u1', name: 'web', namespace: 'ns' },
    { uid: 'u2', name: 'db', namespace: 'ns' },
  ])
  assert.deepEqual(await podsWithDirectories(join(pods, 'none'), join(logs, 'none')), [])
})

test('links that led to logs and lead nowhere go; all others stay', async (t) => {
  const { logs, links } = await aNode(t)
  await writeFile(join(logs, 'here.log'), '')
  await symlink(join(logs, 'here.log'), join(links, 'here.log'))
  await symlink(join(logs, 'gone.log'), join(links, 'gone.log'))
  await symlink('/nowhere/of/ours', join(links, 'foreign.log'))
  await writeFile(join(links, 'file.log'), '')
  await removeDeadLinks(links, logs)
  await removeDeadLinks(links, logs)
  await removeDeadLinks(join(links, 'none'), logs)
  assert.deepEqual((await readdir(links)).sort(), ['file.log', 'foreign.log', 'here.log'])
})

test('the director is told each minute what there is, and a disk that cannot be read is told on the node', async (t) => {
  const { pods, logs, links } = await aNode(t)
  const { system, after, told } = await nodeStage(t, [nodeAddresses.director])
  const events: string[] = []
  const nodeEvents = { record: (type: string, reason: string, message: string) => void events.push(`${type} ${reason}: ${message}`) }
  await mkdir(join(pods, 'u1'))
  system.spawnLocal(
    nodeAddresses.garbage,
    (context) => new GarbageCollection(context, { podsDirectory: pods, podLogsDirectory: logs, containerLogsDirectory: links, nodeEvents }),
  )
  const rounds = () => told<Extract<DirectorMessage, { type: 'DirectoriesFound' }>>('node/director', 'DirectoriesFound')
  await after(10_000)
  await waitUntil('the first round', () => after(0).then(() => rounds().length === 1))
  assert.deepEqual(rounds()[0]?.pods, [{ uid: 'u1', name: 'unknown', namespace: 'unknown' }])
  await rm(pods, { recursive: true })
  await writeFile(pods, 'no directory')
  await waitUntil('a failure', () => after(20_000).then(() => events.length > 0))
  assert.match(events[0] ?? '', /^Warning ContainerGCFailed: .*ENOTDIR/)
  await rm(pods)
  await mkdir(pods)
})

test('names that are no UTF-8, and links that lead in a circle or through a file, hold up no collection', async (t) => {
  const { logs, links } = await aNode(t)
  await writeFile(join(logs, 'file'), '')
  await shell(
    links,
    `ln -s '${join(logs, 'gone')}' $'i\\351.log'; ln -s '${join(logs, 'file/below')}' through.log; ln -s here.log here.log; touch $'f\\377.log'; mkdir d.log; ln -s /etc/hostname $'o\\351.log'`,
  )
  await removeDeadLinks(links, logs)
  assert.deepEqual((await readdir(links, { encoding: 'latin1' })).sort(), ['d.log', 'f\xff.log', 'here.log', 'o\xe9.log'])
})
