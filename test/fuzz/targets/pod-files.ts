import assert from 'node:assert/strict'
import { chmod, lchown, lstat, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Random } from '../../../src/engine/simulated/random.ts'
import { OutsideRootError, openInside } from '../../../src/volumes/inside.ts'
import { readInside, writeInside } from '../../../src/volumes/inside-file.ts'
import { applyFsGroup } from '../../../src/volumes/ownership.ts'
import { removeTree } from '../../../src/volumes/tree/remove.ts'
import { bytes, integer, oneIn, pick } from '../draw.ts'
import type { FuzzTarget } from '../target.ts'

const group = 54_321

/** What a pod may leave in its volume: any names, links to anywhere, closed directories. The agent opens, gives and deletes; what is outside stays as it was. */
export const podFiles: FuzzTarget = {
  name: 'pod-files',
  roundCpuMs: 5_000,
  async open() {
    const root = await mkdtemp(join(tmpdir(), 'fuzz-files-'))
    const outside = join(root, 'outside')
    await mkdir(join(outside, 'd'), { recursive: true })
    await writeFile(join(outside, 'd/f'), 'precious')
    const isAsItWas = async () => {
      assert.deepEqual(await readdir(outside, { recursive: true }), ['d', 'd/f'])
      assert.equal(await readFile(join(outside, 'd/f'), 'utf8'), 'precious')
      for (const path of ['', 'd', 'd/f']) assert.notEqual((await lstat(join(outside, path))).gid, group)
    }
    return {
      async round(random) {
        const volume = join(root, 'volume')
        const places = await plant(random, volume, outside)
        for (let tries = 0; tries < 10; tries += 1) await reach(random, volume, places)
        await isAsItWas()
        if (process.getuid?.() === 0) await applyFsGroup(volume, group, { readOnly: oneIn(random, 2), policy: pick(random, ['Always', 'OnRootMismatch']) })
        await isAsItWas()
        await removeTree(volume)
        await isAsItWas()
        assert.deepEqual(await readdir(root), ['outside'])
      },
      async [Symbol.asyncDispose]() {
        await removeTree(root)
      },
    }
  },
}

/** Answers the paths that were made, relative to the volume. */
async function plant(random: Random, volume: string, outside: string): Promise<Buffer[]> {
  await mkdir(volume)
  const directories: Buffer[] = [Buffer.alloc(0)]
  const places: Buffer[] = []
  const at = (path: Buffer) => Buffer.concat([Buffer.from(`${volume}/`), path])
  for (let left = integer(random, 1, 40); left > 0; left -= 1) {
    const path = below(pick(random, directories), nameOf(random))
    const make = pick(random, [
      async () => {
        await mkdir(at(path))
        directories.push(path)
      },
      () => writeFile(at(path), 'x', { flag: 'wx' }),
      () => symlink(target(random, outside, places), at(path)),
    ])
    // A name may be taken, a path too long.
    await make().then(
      () => places.push(path),
      () => {},
    )
    if (oneIn(random, 5)) await lchown(at(path), integer(random, 0, 9), integer(random, 0, 9)).catch(() => {})
  }
  for (const path of directories.slice(1)) if (oneIn(random, 4)) await chmod(at(path), 0)
  return places
}

const below = (parent: Buffer, child: Buffer): Buffer => (parent.length === 0 ? child : Buffer.concat([parent, Buffer.from('/'), child]))

/** No slash and no zero byte; sometimes such as only look like the way up. */
function nameOf(random: Random): Buffer {
  if (oneIn(random, 4)) return Buffer.from(pick(random, ['...', '..\n', '. ', '-rf', '*', '\\', '..data', 'a', 'b']))
  return Buffer.from(bytes(random, integer(random, 1, oneIn(random, 10) ? 255 : 6)).map((byte) => (byte === 0 || byte === 0x2f ? 0x80 : byte)))
}

function target(random: Random, outside: string, places: readonly Buffer[]): Buffer {
  if (places.length > 0 && oneIn(random, 2)) return pick(random, places)
  return Buffer.from(pick(random, ['/', '..', '../outside', '../outside/d/f', outside, `${outside}/d`, '.', 'loop', '/proc/self/root', '/proc/self/cwd']))
}

async function reach(random: Random, volume: string, places: readonly Buffer[]): Promise<void> {
  const way = places.length > 0 && !oneIn(random, 4) ? pick(random, places) : nameOf(random)
  const path = oneIn(random, 2) ? way : below(way, nameOf(random))
  try {
    await using found = await openInside(volume, path, { create: oneIn(random, 2), follow: oneIn(random, 2) })
    assert.ok(found.path === volume || found.path.startsWith(`${volume}/`), `${found.path} is outside`)
    const text = path.toString()
    if (!Buffer.from(text).equals(path)) return
    await readInside(volume, text, 10)
    if (oneIn(random, 3)) await writeInside(volume, text, 'written', 0o600)
  } catch (error) {
    const isOfPath = error instanceof OutsideRootError || (error instanceof Error && ('syscall' in error || 'code' in error))
    if (!isOfPath || error instanceof assert.AssertionError) throw error
  }
}
