import { writeFile } from 'node:fs/promises'
import { run } from '../../src/base/spawn.ts'

/** A block device of the machine, of one MiB, that begins with `content`; it lies in the file `image`. */
export async function loopDevice(image: string, content: string): Promise<AsyncDisposable & { readonly path: string }> {
  const bytes = Buffer.alloc(1024 * 1024)
  bytes.write(content)
  await writeFile(image, bytes)
  const { stdout } = await run('losetup', ['--find', '--show', image])
  const path = stdout.trim()
  return { path, [Symbol.asyncDispose]: async () => void (await run('losetup', ['--detach', path])) }
}
