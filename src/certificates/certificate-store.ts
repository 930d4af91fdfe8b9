import { mkdir, open, readFile, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Certificate, readCertificate } from './certificate.ts'

/**
 * Keeps a certificate with its key in one file, as a kubelet does: `<name>-<time>.pem`, and `<name>-current.pem` a link to the one in force.
 * Files are readable by their owner alone; a crash leaves the old one or the new one.
 */
export class CertificateStore {
  readonly #directory: string
  readonly #name: string

  /** `name` is `kubelet-client` or `kubelet-server`; the directory is absolute. */
  constructor(directory: string, name: string) {
    this.#directory = directory
    this.#name = name
  }

  get currentPath(): string {
    return join(this.#directory, `${this.#name}-current.pem`)
  }

  /** Undefined when there is none; throws when there is one that cannot be used. */
  async current(): Promise<Certificate | undefined> {
    let text: string
    try {
      text = await readFile(this.currentPath, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g) ?? []
    const isKey = (block: string) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(block)
    try {
      return readCertificate(`${blocks.filter((block) => !isKey(block)).join('\n')}\n`, `${blocks.find(isKey) ?? ''}\n`)
    } catch (cause) {
      throw new Error(`${this.currentPath} holds no certificate with its key: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    }
  }

  /** Puts a new one in force; `now` (milliseconds since the epoch) is in its name. */
  async update(certPem: string, keyPem: string, now: number): Promise<Certificate> {
    const certificate = readCertificate(certPem, keyPem)
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const stamp = new Date(now).toISOString().slice(0, 19).replace(/[T:]/g, '-')
    const path = join(this.#directory, `${this.#name}-${stamp}.pem`)
    const file = await open(path, 'w', 0o600)
    try {
      await file.writeFile(`${certPem.trimEnd()}\n${keyPem.trimEnd()}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    const link = join(this.#directory, `${this.#name}-updated.pem`)
    await rm(link, { force: true })
    await symlink(path, link)
    await rename(link, this.currentPath)
    return certificate
  }
}
