import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readRegularFile, readRegularFileSync } from '../../src/base/regular-file.ts'
import { shell } from '../support/hard-trees.ts'

test('only regular files and links to them are read, without waiting, and no more of them than is wanted', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'regular-file-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  await shell(
    directory,
    'printf text > file; ln -s file link; mkfifo fifo; ln -s fifo to-fifo; mkdir directory; ln -s loop loop; truncate -s 1T huge; mknod zero c 1 5; ln -s /dev/zero endless',
  )
  for (const name of ['file', 'link']) {
    assert.equal(await readRegularFile(join(directory, name)), 'text')
    assert.equal(readRegularFileSync(join(directory, name)), 'text')
  }
  const refused: Record<string, RegExp> = {
    fifo: /\/fifo is a fifo; it must be a regular file/,
    'to-fifo': /\/to-fifo is a fifo/,
    directory: /\/directory is a directory/,
    zero: /\/zero is a device/,
    endless: /\/endless is a device/,
    loop: /^ELOOP/,
    huge: /\/huge has more than the 16777216 bytes/,
    none: /^ENOENT/,
  }
  for (const [name, message] of Object.entries(refused)) {
    await assert.rejects(readRegularFile(join(directory, name)), { message })
    assert.throws(() => readRegularFileSync(join(directory, name)), { message })
  }
  await assert.rejects(readRegularFile('/proc/kallsyms', 100_000), { message: '/proc/kallsyms has more than the 100000 bytes that are read of such a file' })
})
