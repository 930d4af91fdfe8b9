import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../src/base/spawn.ts'

/** An ext4 of its own of so many MiB, mounted below `directory`: to be filled, or to be made read-only as a kernel does after an error. */
export async function smallDisk(directory: string, mebibytes: number) {
  const image = join(directory, 'disk.img')
  const path = join(directory, 'disk')
  const file = await open(image, 'w')
  await file.truncate(mebibytes * 2 ** 20)
  await file.close()
  await run('mkfs.ext4', ['-q', '-F', '-m', '0', '-O', '^has_journal', image])
  await mkdir(path)
  await run('mount', ['-o', 'loop', image, path])
  const remount = (option: string) => run('mount', ['-o', `remount,${option}`, path])
  return {
    path,
    readOnly: async () => void (await remount('ro')),
    writable: async () => void (await remount('rw')),
    /** Until nothing more fits. */
    async fill(name = 'filler'): Promise<void> {
      const filler = await open(join(path, name), 'w')
      try {
        const block = Buffer.alloc(65_536)
        for (let size = block.length; size >= 1; size = Math.floor(size / 16)) {
          try {
            for (;;) await filler.write(block, 0, size)
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
          }
        }
      } finally {
        await filler.close()
      }
    },
    [Symbol.asyncDispose]: async () => void (await run('umount', ['--lazy', path])),
  }
}
