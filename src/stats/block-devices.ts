import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The path of a block device by its `major:minor`, as `/dev/sda`; undefined where the kernel has no such device (any more). `root` is `/` but in tests. */
export function blockDevicePath(device: string, root = '/'): string | undefined {
  try {
    const name = /^DEVNAME=(.+)$/m.exec(readFileSync(join(root, 'sys/dev/block', device, 'uevent'), 'utf8'))?.[1]
    return name === undefined ? undefined : `/dev/${name}`
  } catch {
    return undefined
  }
}
