/** One member of a tar archive. Directories and links carry no content. */
export interface TarEntry {
  /** Relative to the archive's root, without a leading slash; at most 100 bytes. */
  readonly path: string
  readonly mode: number
  readonly type: 'file' | 'directory' | 'symlink'
  readonly content?: Uint8Array
  readonly target?: string
}

const block = 512

/** A POSIX ustar archive in memory. Owner, group and times are 0, so that equal entries give equal bytes (and image ids). */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const parts: Buffer[] = []
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? [])
    parts.push(header(entry, content.length), content, Buffer.alloc((block - (content.length % block)) % block))
  }
  parts.push(Buffer.alloc(2 * block))
  return Buffer.concat(parts)
}

const typeFlag = { file: '0', symlink: '2', directory: '5' }

function header(entry: TarEntry, size: number): Buffer {
  if (Buffer.byteLength(entry.path) > 100) throw new RangeError(`the tar path ${entry.path} is longer than 100 bytes`)
  const head = Buffer.alloc(block)
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`
  head.write(entry.path, 0)
  head.write(octal(entry.mode, 8), 100)
  head.write(octal(0, 8), 108)
  head.write(octal(0, 8), 116)
  head.write(octal(size, 12), 124)
  head.write(octal(0, 12), 136)
  // The checksum is taken with its own field full of spaces.
  head.fill(' ', 148, 156)
  head.write(typeFlag[entry.type], 156)
  head.write(entry.target ?? '', 157)
  head.write('ustar\x0000', 257)
  head.write(
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  return head
}
