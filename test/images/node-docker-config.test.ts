import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { dockerConfigPlaces, readNodeDockerConfig } from '../../src/images/node-docker-config.ts'

test('the places are the kubelet’s, in its order', () => {
  assert.deepEqual(dockerConfigPlaces('/root-dir', '/work', '/home/me'), {
    json: ['/root-dir/config.json', '/work/config.json', '/home/me/.docker/config.json', '/.docker/config.json'],
    legacy: ['/root-dir/.dockercfg', '/work/.dockercfg', '/home/me/.dockercfg', '/.dockercfg'],
  })
})

test('the first that can be read is taken, config.json before .dockercfg; one that cannot is told of without its content', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'docker-config-'))
  t.after(() => rm(root, { recursive: true }))
  const path = (...parts: string[]) => join(root, ...parts)
  for (const name of ['a', 'b', 'c']) await mkdir(path(name))
  const places = { json: ['a', 'b', 'c'].map((each) => path(each, 'config.json')), legacy: [path('a', '.dockercfg')] }
  const refused: string[] = []
  const read = () => readNodeDockerConfig(places, (file, why) => void refused.push(`${file}: ${why}`))
  assert.deepEqual(await read(), {})
  await writeFile(path('a', '.dockercfg'), JSON.stringify({ 'old.io': { username: 'old', email: 'x', password: 'p' } }))
  assert.deepEqual(Object.keys(await read()), ['old.io'])
  assert.deepEqual(refused, [])
  await writeFile(path('b', 'config.json'), 'secret')
  await writeFile(path('c', 'config.json'), JSON.stringify({ auths: { 'new.io': { auth: 'dTpw' } } }))
  assert.deepEqual(await read(), { 'new.io': { auth: 'dTpw' } })
  assert.deepEqual(refused, [`${path('b', 'config.json')}: it is not a Docker configuration`])
})
