import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { OutsideRootError } from '../../src/volumes/inside.ts'
import { writeInside } from '../../src/volumes/inside-file.ts'

for (const path of ['.', '', './', 'a/..', './/.'])
  test(`writing to ${JSON.stringify(path)}, which is the directory itself, is refused and takes nothing away`, async () => {
    const root = await mkdtemp(join(tmpdir(), 'inside-file-'))
    await writeFile(join(root, 'kept'), 'kept')
    await assert.rejects(writeInside(root, path, 'x', 0o600), OutsideRootError)
    assert.equal(await readFile(join(root, 'kept'), 'utf8'), 'kept')
    await rm(root, { recursive: true })
  })
