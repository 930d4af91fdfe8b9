import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { MemoryStorage } from '../../../../src/controlplane/apiserver/storage/memory-storage.ts'
import { ObjectJournal } from '../../../../src/controlplane/apiserver/storage/object-journal.ts'
import { configMaps, makeBackend } from '../../harness.ts'

describe('storage in memory with a journal', () => {
  let directory: string
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'podsteward-journal-'))
  })
  after(() => rm(directory, { recursive: true }))

  const open = (name: string) => makeBackend({ storage: new MemoryStorage(new ObjectJournal(join(directory, name))) })

  it('finds its objects and goes on from its revision at the next start, removals included', async () => {
    let last = 0
    {
      const { store, backend } = await open('a')
      await using _store = store
      for (const name of ['kept', 'gone']) await backend.create(configMaps, { metadata: { name } })
      await backend.delete({ ...configMaps, name: 'gone' })
      last = store.revision
    }
    const { store, backend } = await open('a')
    await using _store = store
    assert.deepEqual(
      (await backend.list(configMaps)).items.map(({ metadata }) => metadata?.name),
      ['kept'],
    )
    const { metadata } = await backend.create(configMaps, { metadata: { name: 'new' } })
    assert.equal(Number(metadata?.resourceVersion), last + 1)
  })

  it('leaves out a line that a crash tore, and what was overtaken', async () => {
    const path = join(directory, 'b')
    {
      const { store, backend } = await open('b')
      await using _store = store
      await backend.create(configMaps, { metadata: { name: 'kept' } })
      for (const value of ['1', '2', '3']) await backend.patch({ ...configMaps, name: 'kept' }, 'application/merge-patch+json', { data: { value } })
    }
    await appendFile(path, '{"key":"/registry/configmaps/default/torn","revi')
    const { store, backend } = await open('b')
    await using _store = store
    assert.deepEqual(((await backend.get({ ...configMaps, name: 'kept' })) as { data?: object }).data, { value: '3' })
    const lines = (await readFile(path, 'utf8')).trim().split('\n')
    assert.equal(lines.length, 3, 'the revision, the namespace and the config map')
  })

  it('may be read by its owner alone', async () => {
    const { store } = await open('c')
    await using _store = store
    assert.equal((await stat(join(directory, 'c'))).mode & 0o777, 0o600)
  })

  for (const [what, line] of [
    ['null', 'null'],
    ['a list', '[]'],
    ['no key', '{"revision":5}'],
    ['a revision that is a word', '{"key":"/registry/configmaps/a/b","revision":"5"}'],
    ['an object that is a word', '{"key":"/registry/configmaps/a/b","revision":5,"object":"x"}'],
    ['cut in the midst', '{"key":"/regis'],
  ] as const)
    it(`leaves out a line that is ${what}, keeps those behind it, and sets the file aside as it was`, async () => {
      const name = what.replaceAll(' ', '-')
      const path = join(directory, name)
      {
        const { store, backend } = await open(name)
        await using _store = store
        await backend.create(configMaps, { metadata: { name: 'first' } })
        await backend.create(configMaps, { metadata: { name: 'second' } })
      }
      const lines = (await readFile(path, 'utf8')).trim().split('\n')
      const damaged = `${[...lines.slice(0, -1), line, ...lines.slice(-1)].join('\n')}\n`
      await writeFile(path, damaged)
      const { store, backend } = await open(name)
      await using _store = store
      assert.deepEqual(
        (await backend.list(configMaps)).items.map(({ metadata }) => metadata?.name),
        ['first', 'second'],
      )
      assert.equal(await readFile(`${path}.damaged`, 'utf8'), damaged)
    })

  it('sets aside a directory in its place', async () => {
    await mkdir(join(directory, 'd/sub'), { recursive: true })
    const { store, backend } = await open('d')
    await using _store = store
    assert.deepEqual((await backend.list(configMaps)).items, [])
    assert.ok((await stat(join(directory, 'd.damaged'))).isDirectory())
  })
})
